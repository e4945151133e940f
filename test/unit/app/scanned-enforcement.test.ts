import { describe, expect, it } from 'vitest';
import { judgePod } from '../../../src/app/scan.ts';
import { type ScannedEnforcementInput, scannedEnforcement } from '../../../src/app/scanned-enforcement.ts';
import type { Reachability } from '../../../src/core/finding.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import { inside, listener, outside, podState, probes, subject } from '../../support/scan.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const authority = authorityOf([entry('shop', { rules: [ruleIn({ pods: { matchLabels: { app: 'api' } }, ports: ranges('8080') })] })]);
const FACTS = { namespaces: ['shop', 'web'], apiServer: [] };
const pair = policyPair('shop', authority, FACTS);
const PAIR: readonly NetworkPolicy[] = [pair.block, ...pair.allow];
const AT = new Date(0);

/** What is proven of `shop` with these policies, where 9999/TCP answered the scan so, and further samples so. */
async function proven(
  policies: readonly NetworkPolicy[],
  first: Reachability,
  { samples = [], ...fields }: Partial<ScannedEnforcementInput> & { samples?: Reachability[] } = {},
) {
  const pod = podState();
  const { findings } = judgePod(subject(pod, { declared: ['8080'], authorized: ['8080'] }), {
    inside: inside(listener('8080'), listener('9999')),
    outside: [outside({ '8080/TCP': 'open', '9999/TCP': first })],
  });
  const paused: number[] = [];
  const found = await scannedEnforcement({
    authority,
    pods: [
      { pod, findings, at: AT },
      { pod: podState({ namespace: 'web', uid: 'uid-2' }), findings, at: AT },
    ],
    view: {
      namespaces: () => FACTS.namespaces.map((name) => ({ name, uid: name, labels: {}, terminating: false, created: AT })),
      namespace: () => undefined,
      policies: (namespace) => (namespace === 'shop' ? policies : []),
      pods: () => [],
      apiServer: () => [],
    },
    prober: {
      known: true,
      name: 'portcullis-system/c',
      stranger: { namespace: 'portcullis-system', namespaceLabels: {}, labels: {}, addresses: [] },
    },
    scanner: {
      engine: 'pod/connect',
      scan: async () => ({ known: true, engine: 'pod/connect', probes: probes({ '9999/TCP': samples.shift() ?? 'filtered' }) }),
    },
    at: AT,
    signal: new AbortController().signal,
    pause: async (ms) => void paused.push(ms),
    ...fields,
  });
  return { names: [...found.keys()], said: found.get('shop')?.reason, state: found.get('shop')?.state, samples: paused.length };
}

const FOREIGN: NetworkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'shop', name: 'theirs' },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}], egress: [] },
};

describe('what a scan proves of the policies', () => {
  it('is that they work, of enforced namespaces alone, where one port is shut and another answers', async () => {
    expect(await proven(PAIR, 'filtered')).toEqual({
      names: ['shop'],
      state: 'enforced',
      said: '9999/TCP of pod api listens and is shut, while 8080/TCP of pod api answers',
      samples: 0,
    });
  });

  it('is that they do not, where two more samples answer as well', async () => {
    expect(await proven(PAIR, 'open', { samples: ['open', 'open'] })).toMatchObject({ state: 'not enforced', samples: 2 });
  });

  it('is nothing where a sample does not answer: the policy may have come late', async () => {
    expect(await proven(PAIR, 'open', { samples: ['open', 'filtered'] })).toMatchObject({ state: 'not proven', samples: 2 });
  });

  it.each<[string, Parameters<typeof proven>, string]>([
    ['a policy is missing', [PAIR.slice(1), 'open'], 'its policies are not in place'],
    ['somebody else opens the port', [[...PAIR, FOREIGN], 'open'], '9999/TCP of pod api answers, also allowed by NetworkPolicy theirs'],
    [
      'nobody probed from a pod',
      [PAIR, 'open', { prober: { known: false, reason: 'it was not probed from a pod' } }],
      'it was not probed from a pod',
    ],
  ])('is nothing where %s', async (_, args, said) => {
    expect(await proven(...args)).toEqual({ names: ['shop'], state: 'not proven', said, samples: 0 });
  });
});
