import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../src/core/authority.ts';
import type { NetworkPolicySpec } from '../../../src/core/network-policy.ts';
import { readNetworkPolicy } from '../../../src/core/pair/read.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import { sameSpec } from '../../../src/core/policy-spec.ts';
import { templates } from '../../support/arbitrary.ts';

const SPEC: NetworkPolicySpec = {
  podSelector: { matchLabels: { app: 'api', tier: 'x' }, matchExpressions: [{ key: 'track', operator: 'In', values: ['a', 'b'] }] },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [
    {
      from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
      ports: [{ port: 80 }, { protocol: 'UDP', port: 53 }],
    },
  ],
  egress: [{ to: [{ namespaceSelector: {} }], ports: [{ protocol: 'TCP', port: 1, endPort: 9 }] }],
};

describe('two specs mean the same', () => {
  const same: Record<string, NetworkPolicySpec> = {
    'when they are equal': structuredClone(SPEC),
    'when the protocol TCP is said or not': withIngress([
      {
        ...SPEC.ingress[0],
        ports: [
          { protocol: 'TCP', port: 80 },
          { protocol: 'UDP', port: 53 },
        ],
      },
    ]),
    'whatever the order of policyTypes': { ...SPEC, policyTypes: ['Egress', 'Ingress'] },
    'whatever the order of labels': { ...SPEC, podSelector: { ...SPEC.podSelector, matchLabels: { tier: 'x', app: 'api' } } },
  };
  it.each(Object.entries(same))('%s', (_sentence, other) => {
    expect([sameSpec(SPEC, other), sameSpec(other, SPEC)]).toEqual([true, true]);
  });

  it('when a list is empty or absent', () => {
    const empty = {
      ...SPEC,
      podSelector: { matchLabels: {}, matchExpressions: [] },
      ingress: [{ from: [], ports: [] }],
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: [] } }] }],
    };
    const absent = { ...SPEC, podSelector: {}, ingress: [{}], egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] };
    expect([sameSpec(empty, absent), sameSpec(absent, empty)]).toEqual([true, true]);
  });

  it('when one was read back from the JSON of the other, for any template', () => {
    fc.assert(
      fc.property(templates, (template) => {
        const pair = policyPair('shop', makeAuthority(template, 'portcullis-system'), { namespaces: ['shop', 'web'], apiServer: [] });
        for (const policy of [pair.block, ...pair.allow]) {
          const back = readNetworkPolicy(JSON.parse(JSON.stringify(policy)), 'shop');
          expect(back !== undefined && sameSpec(back.spec, policy.spec) && sameSpec(policy.spec, back.spec)).toBe(true);
        }
      }),
    );
  });
});

describe('two specs differ', () => {
  const [rule = {}] = SPEC.ingress;
  const [away = {}] = SPEC.egress;
  const other: Record<string, NetworkPolicySpec> = {
    'by a rule more': withIngress([rule, {}]),
    'by a rule less': withIngress([]),
    'by the order of rules, which the API keeps': { ...SPEC, egress: [away, {}], ingress: [{}, rule] },
    'by a peer more': withIngress([{ ...rule, from: [...(rule.from ?? []), { namespaceSelector: {} }] }]),
    'by all peers instead of some': withIngress([{ ports: rule.ports ?? [] }]),
    'by an own-namespace peer that became one of every namespace': withIngress([
      { ...rule, from: [{ podSelector: {}, namespaceSelector: {} }, ...(rule.from ?? []).slice(1)] },
    ]),
    'by a cidr': withIngress([{ ...rule, from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/7', except: ['10.1.0.0/16'] } }] }]),
    'by an exception that is gone': withIngress([{ ...rule, from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }] }]),
    'by a port': withIngress([{ ...rule, ports: [{ port: 81 }, { protocol: 'UDP', port: 53 }] }]),
    'by a port of that name instead of that number': withIngress([{ ...rule, ports: [{ port: '80' }, { protocol: 'UDP', port: 53 }] }]),
    'by a protocol': withIngress([{ ...rule, ports: [{ port: 80 }, { protocol: 'SCTP', port: 53 }] }]),
    'by the end of a range': { ...SPEC, egress: [{ ...away, ports: [{ protocol: 'TCP', port: 1, endPort: 10 }] }] },
    'by a range that became a port': { ...SPEC, egress: [{ ...away, ports: [{ protocol: 'TCP', port: 1 }] }] },
    'by a policyType': { ...SPEC, policyTypes: ['Ingress'] },
    'by a label more': { ...SPEC, podSelector: { ...SPEC.podSelector, matchLabels: { app: 'api', tier: 'x', a: 'b' } } },
    'by another label of as many': { ...SPEC, podSelector: { ...SPEC.podSelector, matchLabels: { app: 'api', constructor: 'x' } } },
    'by an expression': { ...SPEC, podSelector: { matchLabels: { app: 'api', tier: 'x' } } },
    'by the operator of an expression': {
      ...SPEC,
      podSelector: { ...SPEC.podSelector, matchExpressions: [{ key: 'track', operator: 'NotIn', values: ['a', 'b'] }] },
    },
  };
  it.each(Object.entries(other))('%s', (_sentence, spec) => {
    expect([sameSpec(SPEC, spec), sameSpec(spec, SPEC)]).toEqual([false, false]);
  });
});

function withIngress(ingress: NetworkPolicySpec['ingress']): NetworkPolicySpec {
  return { ...SPEC, ingress };
}
