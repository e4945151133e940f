import { describe, expect, it } from 'vitest';
import { formatTeller, lineTeller } from '../../../src/cli/applied-output.ts';
import { bringPairs } from '../../../src/cli/bring-pairs.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { fakePolicyStore } from '../../support/fake-policy-store.ts';
import { recordingIo } from '../../support/recording-io.ts';
import { authorityOf, entry } from '../../support/template.ts';

const NAMES = ['shop', 'web'];
const inputOf = (store = fakePolicyStore()) => ({
  authority: authorityOf(NAMES.map((name) => entry(name))),
  facts: { namespaces: NAMES, apiServer: [] },
  namespaces: NAMES,
  store,
  hasPods: () => false,
  dryRun: false,
});
const line = (namespace: string, name: string) => `networkpolicy.networking.k8s.io/${name} -n ${namespace} created\n`;
const ALL = NAMES.flatMap((namespace) => ['portcullis-block', 'portcullis-allow'].map((name) => line(namespace, name)));

/** A terminal of which is known in which order it got what. */
function terminal(progress: boolean) {
  const screen: string[] = [];
  return {
    screen,
    io: { ...recordingIo(), progress, out: (text: string) => void screen.push(text), err: (text: string) => void screen.push(text) },
  };
}

describe('to bring namespaces to the template', () => {
  it('shows a person how many are done, and takes that line away before it prints another', async () => {
    const { screen, io } = terminal(true);
    expect(await bringPairs(inputOf(), lineTeller('none'), io)).toEqual({ changes: 4, conflicts: 0 });
    const erase = '\r\u001b[2K';
    expect(screen).toEqual(['0/2 namespaces', erase, ALL[0], ALL[1], '1/2 namespaces', erase, ALL[2], ALL[3]]);
  });

  it('prints nothing but the lines in a pipe', async () => {
    const { screen, io } = terminal(false);
    await bringPairs(inputOf(), lineTeller('none'), io);
    expect(screen).toEqual(ALL);
  });

  it('tells machines what was done before a write failed, and rejects', async () => {
    const store = fakePolicyStore();
    const apply = async (policy: NetworkPolicy) => {
      if (policy.metadata.namespace === 'web') throw new Error('the API server is away');
      return store.apply(policy);
    };
    const { screen, io } = terminal(false);
    await expect(bringPairs(inputOf({ ...store, apply }), formatTeller('json'), io)).rejects.toThrow('the API server is away');
    expect(JSON.parse(screen.join(''))).toMatchObject([
      { namespace: 'shop', name: 'portcullis-block', done: 'created' },
      { namespace: 'shop', name: 'portcullis-allow', done: 'created' },
    ]);
  });
});
