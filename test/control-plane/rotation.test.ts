import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeLeaf } from '../../src/adapters/certs/authority.ts';
import { servedNames } from '../../src/adapters/certs/names.ts';
import { type Api, startApi } from '../cluster/api.ts';
import * as strangers from '../cluster/pki.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { recordFigures } from '../reliability/record.ts';
import { loadFigures, startLoad } from '../support/api-load.ts';
import { install } from '../support/portcullis.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';
import { caBundles, deleteSecret, presentedBy, replaceSecret, secretFiles, secretVersion } from '../support/served-certificate.ts';
import { buildProgram, type Serving, startServing } from '../support/serving.ts';

/** The certificates change, by themselves and by hand, while the API server goes on calling both webhooks. */

const NAMES = { ...servedNames('portcullis-webhook', OWN_NAMESPACE), addresses: ['127.0.0.1'] };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let api: Api;

beforeAll(async () => {
  api = await startApi();
}, 120_000);

afterAll(async () => {
  await api?.stop();
});

const soon = (what: string, probe: () => Promise<boolean>) => until(what, probe, { deadline: 120_000 });
const gatePort = ({ gatePort: port = 0 }: Serving) => port;
const now = async () => (await secretFiles(api)) ?? {};

it('three webhooks that start at the same time, with no certificates yet, agree on those of one', async () => {
  await install(api);
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-rotation-'));
  const started: Serving[] = [];
  try {
    const program = await buildProgram(folder);
    const words = ['--role', 'webhook', '--kubeconfig', api.kubeconfig('portcullis-webhook'), '--address', '127.0.0.1'];
    const start = async (name: string) => started.push(await startServing({ program, folder, name, words }));
    await Promise.all(['first', 'second', 'third'].map(start));
    const presented = await Promise.all(started.map((one) => presentedBy(gatePort(one))));
    expect(presented).toEqual(Array(3).fill((await now())['tls.crt']));
  } finally {
    await Promise.all(started.map(({ process }) => process.kill()));
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

describe('under load', () => {
  let replicas: Replicas;

  beforeAll(async () => {
    await deleteSecret(api);
    replicas = await startReplicas(api, 2);
  }, 120_000);

  afterAll(async () => {
    await replicas?.stop();
  });

  const isServed = async (cert: string | undefined) => {
    const presented = await Promise.all(replicas.all().map((one) => presentedBy(gatePort(one))));
    return presented.every((one) => one === cert);
  };
  /** The server certificate that the Secret holds is another than this one, and both webhooks serve it. */
  const servesAnotherThan = (old: string | undefined) => async () => {
    const { 'tls.crt': cert } = await now();
    return cert !== old && (await isServed(cert));
  };
  /** All entries trust exactly these CAs. */
  const trusts = async (...cas: readonly (string | undefined)[]) => (await caBundles(api)).join() === cas.join('');

  /** Two thirds of the time of the server certificate are over. */
  async function leafIsDue(): Promise<void> {
    const files = await now();
    const authority = { certificate: files['ca.crt'] ?? '', key: files['ca.key'] ?? '' };
    const old = await makeLeaf(authority, NAMES, new Date(Date.now() - 61 * DAY_MS));
    await replaceSecret(api, { ...files, 'tls.crt': old.certificate, 'tls.key': old.key });
    await soon('a new server certificate', servesAnotherThan(old.certificate));
    expect((await now())['ca.crt']).toBe(files['ca.crt']);
  }

  /** By hand the Secret goes, or its CA is spoiled: a new CA beside the old one, and the certificate that callers can verify stays. */
  async function authorityIsLost(lose: () => Promise<unknown>): Promise<void> {
    const { 'ca.crt': before, 'tls.crt': cert } = await now();
    await lose();
    await soon('a new CA', async () => (await now())['previous-ca.crt'] === before);
    const files = await now();
    expect([files['tls.crt'], files['ca.crt'] === before]).toEqual([cert, false]);
    await soon('both CAs to be trusted', () => trusts(files['ca.crt'], before));
    expect(await isServed(cert)).toBe(true);
  }

  /** As it is 24 hours after a change of the CA, but for what callers need to learn this CA. */
  async function overlapEnds(): Promise<void> {
    const files = await now();
    const authority = await makeAuthority(new Date(Date.now() - DAY_MS + 5 * MINUTE_MS + 30_000));
    const { 'previous-ca.crt': previous = '' } = files;
    await replaceSecret(api, { ...files, 'ca.crt': authority.certificate, 'ca.key': authority.key, 'previous-ca.crt': previous });
    await soon('the next CA to be trusted beside', () => trusts(authority.certificate, previous));
    await soon('a server certificate of the next CA', servesAnotherThan(files['tls.crt']));
  }

  /** As it is 24 hours later. */
  async function previousIsDropped(): Promise<void> {
    const files = await now();
    const authority = { certificate: files['ca.crt'] ?? '', key: files['ca.key'] ?? '' };
    const leaf = await makeLeaf(authority, NAMES, new Date(Date.now() - 25 * HOUR_MS));
    await replaceSecret(api, { ...files, 'tls.crt': leaf.certificate, 'tls.key': leaf.key });
    await soon('the previous CA to be dropped', async () => (await now())['previous-ca.crt'] === undefined);
    await soon('one CA to be trusted', () => trusts(authority.certificate));
    await soon('its certificate to be served', () => isServed(leaf.certificate));
  }

  it('no call fails: a due leaf, a deleted Secret, the end of the overlap of two CAs, a spoiled CA', async () => {
    const load = startLoad(api, { namespace: replicas.namespace, workers: 4, restMs: 20 });
    const changes: readonly [string, () => Promise<void>][] = [
      ['the server certificate is due', leafIsDue],
      ['the Secret is deleted', () => authorityIsLost(() => deleteSecret(api))],
      ['the overlap ends', overlapEnds],
      ['the previous CA is dropped', previousIsDropped],
      ['the CA is spoiled', () => authorityIsLost(async () => replaceSecret(api, { ...(await now()), 'ca.crt': 'spoiled' }))],
    ];
    const failedBy: [string, readonly string[]][] = [];
    try {
      for (const [what, change] of changes) {
        const before = load.failed.length;
        await change();
        const wanted = load.calls() + 100;
        await soon('100 more calls', async () => load.calls() >= wanted);
        failedBy.push([what, load.failed.slice(before)]);
      }
    } finally {
      await load.stop();
    }
    expect(failedBy).toEqual(changes.map(([what]) => [what, []]));
    await recordFigures({
      name: 'rotation',
      command: 'npx vitest run --project control-plane test/control-plane/rotation.test.ts',
      figures: [{ what: 'changes of certificates under load', value: changes.map(([what]) => what).join('; ') }, ...loadFigures(load)],
    });
  }, 600_000);

  it('certificates that somebody gives are served by both as they are, trusted, and never overwritten', async () => {
    const authority = strangers.makeAuthority('of the company');
    const { cert, key } = authority.issue({ name: 'portcullis-webhook', hosts: NAMES.dns, addresses: NAMES.addresses });
    const pem = (text: string) => text.replaceAll('\r\n', '\n');
    const version = await replaceSecret(api, { 'ca.crt': pem(authority.cert), 'tls.crt': pem(cert), 'tls.key': pem(key) });
    await soon('both to serve it', () => isServed(pem(cert)));
    await soon('its CA to be trusted', () => trusts(pem(authority.cert)));
    const pod = { method: 'POST', path: '/api/v1/namespaces?dryRun=All', body: { metadata: { name: 'any' } } } as const;
    await soon('the API server to call with it', async () => (await api.call(pod)).status === 201);
    expect(await secretVersion(api)).toBe(version);
  }, 300_000);
});
