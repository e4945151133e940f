import { describe, expect, it } from 'vitest';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { podsToScan } from '../../../src/core/scan-selection.ts';
import { podState } from '../../support/scan.ts';

/** The selection in words. */
function words(...pods: Partial<PodState>[]): string[] {
  const { scan, skipped } = podsToScan(pods.map(podState));
  return [...scan.map(({ name }) => `scan ${name}`), ...skipped.map(({ pod, reason }) => `skip ${pod.name}: ${reason}`)];
}

describe('the choice of pods to scan', () => {
  const host = { hostNetwork: true, addresses: ['192.168.0.1'] };
  const table: Record<string, [chosen: string[], expected: string[]]> = {
    'takes a running pod': [words({}), ['scan api']],
    'leaves out a pod that is being deleted': [words({ deleting: true }), ['skip api: it is being deleted']],
    'leaves out a pod that waits': [words({ phase: 'Pending', running: false }), ['skip api: no container of it runs yet']],
    'leaves out a pod whose containers have not started': [words({ running: false }), ['skip api: no container of it runs yet']],
    'takes a pod whose init container runs, for it may listen': [words({ phase: 'Pending' }), ['scan api']],
    'leaves out a pod of which its node tells nothing': [words({ phase: 'Unknown' }), ['skip api: nothing is known of it (Unknown)']],
    'leaves out a pod without an address': [words({ addresses: [] }), ['skip api: it has no address yet']],
    'takes the pod that runs at the address of one that has ended': [
      words({ name: 'old', phase: 'Succeeded' }, { name: 'new' }),
      ['scan new', 'skip old: it has ended (Succeeded)'],
    ],
    'leaves out two live pods that claim one address': [
      words({ name: 'a' }, { name: 'b', addresses: ['10.0.0.7', 'fd00::7'] }, { name: 'c', addresses: ['10.0.0.8'] }),
      ['scan c', 'skip a: another pod claims its address 10.0.0.7 as well', 'skip b: another pod claims its address 10.0.0.7 as well'],
    ],
    'counts a pod that waits among those that claim an address': [
      words({ name: 'a' }, { name: 'b', phase: 'Pending', running: false }),
      ['skip a: another pod claims its address 10.0.0.7 as well', 'skip b: no container of it runs yet'],
    ],
    'takes one pod of the host network for each node': [
      words({ ...host, name: 'b' }, { ...host, name: 'a' }, { ...host, name: 'c', nodeName: 'node-2' }),
      ['scan a', 'scan c', 'skip b: it is on the host network: shop/a stands for its node'],
    ],
    'lets only a pod that can be scanned stand for its node': [
      words({ ...host, name: 'a', deleting: true }, { ...host, name: 'b' }),
      ['scan b', 'skip a: it is being deleted'],
    ],
  };
  it('leaves out a pod whose address a live one claims that nobody asks about', () => {
    const [api, other] = [podState({}), podState({ namespace: 'kube-system', name: 'other' })];
    expect(podsToScan([api], [api, other])).toEqual({
      scan: [],
      skipped: [{ pod: api, reason: 'another pod claims its address 10.0.0.7 as well' }],
    });
    expect(podsToScan([api], [api, { ...other, phase: 'Failed' }])).toEqual({ scan: [api], skipped: [] });
  });

  for (const [sentence, [chosen, expected]] of Object.entries(table)) {
    it(sentence, () => {
      expect(chosen).toEqual(expected);
    });
  }
});
