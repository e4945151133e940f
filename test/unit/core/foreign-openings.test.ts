import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foreignOpenings, type Stranger } from '../../../src/core/foreign-openings.ts';
import type { IngressRule, NetworkPolicy, NetworkPolicySpec } from '../../../src/core/network-policy.ts';
import { blockPolicy } from '../../../src/core/pair/block.ts';
import { podState } from '../../support/cluster-state.ts';
import { passes } from '../../support/netpol-evaluator.ts';
import { port } from '../../support/scan.ts';

const FROM: Stranger = {
  namespace: 'portcullis-system',
  namespaceLabels: { 'kubernetes.io/metadata.name': 'portcullis-system' },
  labels: { app: 'portcullis' },
  addresses: ['10.0.1.9'],
};
const POD = podState('shop/api', { labels: { app: 'api' }, addresses: ['10.0.0.7'] }, [{ containerPort: 9999, name: 'debug' }]);

const policy = (ingress: IngressRule[], spec: Partial<NetworkPolicySpec> = {}): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'theirs', namespace: 'shop' },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress, egress: [], ...spec },
});

const opens = (one: NetworkPolicy, asked = '9999') => foreignOpenings([one], POD, { port: port(asked), from: FROM }).length > 0;
const SYSTEM = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'portcullis-system' } } };

describe('a policy of somebody else', () => {
  const table: Record<string, [opens: boolean, expected: boolean]> = {
    'opens everything with an empty rule': [opens(policy([{}])), true],
    'opens nothing without a rule': [opens(policy([])), false],
    'opens its port': [opens(policy([{ ports: [{ port: 9999 }] }])), true],
    'opens no other port': [opens(policy([{ ports: [{ port: 9998 }] }])), false],
    'opens no other protocol': [opens(policy([{ ports: [{ port: 9999, protocol: 'UDP' }] }])), false],
    'opens a range': [opens(policy([{ ports: [{ port: 9000, endPort: 9999 }] }])), true],
    'opens a named port of the pod': [opens(policy([{ ports: [{ port: 'debug' }] }])), true],
    'opens no name that the pod does not have': [opens(policy([{ ports: [{ port: 'web' }] }])), false],
    'opens every port of a protocol': [opens(policy([{ ports: [{ protocol: 'TCP' }] }])), true],
    'for other pods opens nothing here': [opens(policy([{}], { podSelector: { matchLabels: { app: 'other' } } })), false],
    'of egress opens no way in': [opens(policy([{}], { policyTypes: ['Egress'] })), false],
    'for pods of its own namespace opens nothing to the prober': [opens(policy([{ from: [{ podSelector: {} }] }])), false],
    'for the namespace of the prober': [opens(policy([{ from: [SYSTEM] }])), true],
    'for other pods of that namespace': [opens(policy([{ from: [{ ...SYSTEM, podSelector: { matchLabels: { app: 'x' } } }] }])), false],
    'for a block that holds the prober': [opens(policy([{ from: [{ ipBlock: { cidr: '10.0.0.0/16' } }] }])), true],
    'for his very address': [opens(policy([{ from: [{ ipBlock: { cidr: '10.0.1.9/32' } }] }])), true],
    'for a block without him': [opens(policy([{ from: [{ ipBlock: { cidr: '10.1.0.0/16' } }] }])), false],
    'for a block but for him': [opens(policy([{ from: [{ ipBlock: { cidr: '10.0.0.0/16', except: ['10.0.1.0/24'] } }] }])), false],
    'for a block that nobody can read: it may': [opens(policy([{ from: [{ ipBlock: { cidr: '10.0.0.1/8' } }] }])), true],
    'is not one of ours': [opens({ ...blockPolicy('shop', 'abc'), spec: policy([{}]).spec }), false],
  };
  it.each(Object.entries(table))('%s', (_, [is, expected]) => expect(is).toBe(expected));

  it('opens exactly what the rules of the documentation let through', () => {
    const selector = fc.constantFrom(
      {},
      { matchLabels: { app: 'api' } },
      { matchLabels: { app: 'portcullis' } },
      { matchLabels: { app: 'x' } },
    );
    const peer = fc.oneof(
      fc.record({ podSelector: selector }),
      fc.record({
        namespaceSelector: fc.constantFrom({}, SYSTEM.namespaceSelector, { matchLabels: { 'kubernetes.io/metadata.name': 'x' } }),
        podSelector: selector,
      }),
      fc.constantFrom('10.0.0.0/8', '10.0.1.9/32', '192.0.2.0/24').map((cidr) => ({ ipBlock: { cidr } })),
    );
    const ports = fc.array(fc.record({ protocol: fc.constantFrom('TCP' as const, 'UDP' as const), port: fc.constantFrom(9998, 9999) }), {
      minLength: 1,
    });
    const rule = fc.record({ from: fc.array(peer, { minLength: 1 }), ports }, { requiredKeys: [] });
    const property = fc.property(fc.array(rule), selector, (rules, podSelector) => {
      const one = policy(rules, { podSelector });
      const judged = passes(
        [one, blockPolicy('shop', 'abc')],
        { namespace: FROM.namespace, labels: FROM.labels, ip: '10.0.1.9' },
        { namespace: 'shop', labels: POD.labels, ip: '10.0.0.7' },
        port('9999'),
      );
      expect(opens(one)).toBe(judged);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
