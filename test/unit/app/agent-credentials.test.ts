import { describe, expect, it } from 'vitest';
import { type AgentCredentialState, agentCredentials } from '../../../src/app/agent-credentials.ts';
import type { CertificateFiles } from '../../../src/ports.ts';
import { memoryCertificateStore, readableMaker } from '../../support/certificates.ts';
import { rememberingLog, settableClock } from '../../support/silence.ts';

const START = '2026-01-01T00:00:00.000Z';
const daysLater = (days: number) => new Date(Date.parse(START) + days * 86_400_000);
const ca = (number: number, at = 0) => `CA ${number} from ${daysLater(at).toISOString()} to ${daysLater(at + 3650).toISOString()}`;
const OWN = {
  'ca.crt': ca(90),
  'ca.key': 'key of the CA',
  'tls.crt': `leaf of CA 90, 1 from ${START} to ${daysLater(90).toISOString()}`,
  'tls.key': 'key',
};

function setUp(own: CertificateFiles, agents?: CertificateFiles) {
  const [ownStore, agentStore] = [memoryCertificateStore(own), memoryCertificateStore(agents)];
  const clock = settableClock(START);
  const log = rememberingLog();
  const keeper = agentCredentials({ own: ownStore, agents: agentStore, maker: readableMaker(), clock, log });
  const setOwn = async (files: CertificateFiles) => ownStore.write(files, (await ownStore.read())?.version);
  return { keeper, agentStore, clock, log, setOwn };
}

/** Without dates. */
const short = (text = '') => text.replace(/ from \S+ to \S+/g, '').trim();
const shorts = (files: CertificateFiles | undefined) =>
  Object.fromEntries(Object.entries(files ?? {}).map(([name, text]) => [name, short(text)]));
const told = (state: AgentCredentialState) => (state.known ? shorts({ ...state.credentials }) : state.reason);

describe('the certificates of agents and controller', () => {
  it('are made of our own CA, once; the key of the CA stays where it is', async () => {
    const { keeper, agentStore, log } = setUp(OWN);
    const first = await keeper.ensure();
    expect(told(first)).toEqual({ ca: 'CA 90', cert: 'leaf of CA 90, portcullis-controller 2', key: 'key 2' });
    expect(agentStore.writes.map(shorts)).toEqual([{ 'ca.crt': 'CA 90', 'tls.crt': 'leaf of CA 90, 1', 'tls.key': 'key 1' }]);
    expect(await keeper.ensure()).toEqual(first);
    expect(agentStore.writes.length).toBe(1);
    expect(JSON.stringify([agentStore.writes, log.lines])).not.toContain('key of the CA');
  });

  it('are renewed at two thirds of their time', async () => {
    const { keeper, agentStore, clock } = setUp(OWN);
    await keeper.ensure();
    clock.set(daysLater(59));
    await keeper.ensure();
    expect(agentStore.writes.length).toBe(1);
    clock.set(daysLater(60));
    expect(told(await keeper.ensure())).toEqual({ ca: 'CA 90', cert: 'leaf of CA 90, portcullis-controller 4', key: 'key 4' });
    expect(agentStore.writes.map(shorts).at(-1)).toEqual({ 'ca.crt': 'CA 90', 'tls.crt': 'leaf of CA 90, 3', 'tls.key': 'key 3' });
  });

  it('stay of the old CA until everybody had time to learn the new one; both are trusted meanwhile', async () => {
    const { keeper, agentStore, clock, setOwn } = setUp(OWN);
    await keeper.ensure();
    clock.set(daysLater(10));
    await setOwn({ ...OWN, 'ca.crt': ca(91, 10), 'previous-ca.crt': OWN['ca.crt'] });
    expect(told(await keeper.ensure())).toEqual({ ca: 'CA 91\nCA 90', cert: 'leaf of CA 90, portcullis-controller 2', key: 'key 2' });
    expect(shorts(agentStore.writes.at(-1))).toEqual({ 'ca.crt': 'CA 91\nCA 90', 'tls.crt': 'leaf of CA 90, 1', 'tls.key': 'key 1' });
    clock.set(daysLater(11));
    expect(told(await keeper.ensure())).toEqual({ ca: 'CA 91\nCA 90', cert: 'leaf of CA 91, portcullis-controller 4', key: 'key 4' });
    expect(shorts(agentStore.writes.at(-1))).toEqual({ 'ca.crt': 'CA 91\nCA 90', 'tls.crt': 'leaf of CA 91, 3', 'tls.key': 'key 3' });
  });

  it('are made anew where those of the agents cannot be read', async () => {
    const { keeper, agentStore } = setUp(OWN, { 'tls.crt': 'spoiled', 'tls.key': 'spoiled' });
    await keeper.ensure();
    expect(shorts(agentStore.writes.at(-1))).toEqual({ 'ca.crt': 'CA 90', 'tls.crt': 'leaf of CA 90, 1', 'tls.key': 'key 1' });
  });

  it('wait for a CA', async () => {
    const { keeper, agentStore } = setUp({});
    expect([told(await keeper.ensure()), agentStore.writes]).toEqual(['there is no CA yet', []]);
  });

  const given = { 'ca.crt': ca(1), 'tls.crt': `given from ${START} to ${daysLater(90).toISOString()}`, 'tls.key': 'given key' };

  it('are given by hand where the CA is of somebody else, and it is said how', async () => {
    const { keeper, agentStore } = setUp(given);
    expect(told(await keeper.ensure())).toMatch(/^the CA is not of Portcullis: give the agents tls\.crt.*client\.crt and client\.key/);
    expect(agentStore.writes).toEqual([]);
  });

  it('are used as they are given', async () => {
    const { keeper, agentStore } = setUp(
      { ...given, 'client.crt': 'given client', 'client.key': 'given client key' },
      { 'ca.crt': 'given CA of agents' },
    );
    expect(told(await keeper.ensure())).toEqual({ ca: 'given CA of agents', cert: 'given client', key: 'given client key' });
    expect(agentStore.writes).toEqual([]);
  });

  it('of agents that somebody gave are kept and trusted beside ours', async () => {
    const { keeper, agentStore } = setUp(OWN, { ...given, 'ca.crt': 'given CA' });
    expect(told(await keeper.ensure())).toEqual({ ca: 'CA 90\ngiven CA', cert: 'leaf of CA 90, portcullis-controller 1', key: 'key 1' });
    expect(agentStore.writes).toEqual([]);
  });
});
