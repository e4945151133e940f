import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../../src/core/authority.ts';
import type { NetworkPolicy, NetworkPolicySpec } from '../../../../src/core/network-policy.ts';
import { readNetworkPolicy } from '../../../../src/core/pair/read.ts';
import { policyPair } from '../../../../src/core/policy-pair.ts';
import { NAMESPACES, templates } from '../../../support/arbitrary.ts';

const read = (spec: unknown) => readNetworkPolicy({ metadata: { name: 'mine' }, spec }, 'shop')?.spec;

describe('the spec of a policy is read with the defaults of the API', () => {
  const ingress = (rules: unknown[], fields: object = {}) => read({ podSelector: {}, ingress: rules, ...fields });
  const expected = (fields: Partial<NetworkPolicySpec>): NetworkPolicySpec => ({
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [],
    egress: [],
    ...fields,
  });
  const table: Record<string, [spec: NetworkPolicySpec | undefined, expected: NetworkPolicySpec | undefined]> = {
    'nothing said closes ingress': [read({}), expected({})],
    'an egress rule adds the type Egress': [read({ egress: [{}] }), expected({ policyTypes: ['Ingress', 'Egress'], egress: [{}] })],
    'an empty egress list does not': [read({ egress: [] }), expected({})],
    'types that are said are kept': [read({ policyTypes: ['Egress'] }), expected({ policyTypes: ['Egress'] })],
    'no protocol is TCP': [ingress([{ ports: [{ port: 80 }] }]), expected({ ingress: [{ ports: [{ protocol: 'TCP', port: 80 }] }] })],
    'empty lists of peers and ports are absent ones': [ingress([{ from: [], ports: [] }]), expected({ ingress: [{}] })],
    'names and ends of ports are kept': [
      ingress([
        {
          ports: [
            { port: 'http', protocol: 'UDP' },
            { port: 1, endPort: 9 },
          ],
        },
      ]),
      expected({
        ingress: [
          {
            ports: [
              { protocol: 'UDP', port: 'http' },
              { protocol: 'TCP', port: 1, endPort: 9 },
            ],
          },
        ],
      }),
    ],
    'every kind of peer is kept': [
      ingress([
        {
          from: [
            { podSelector: { matchLabels: { a: 'b' } } },
            { namespaceSelector: {}, podSelector: {} },
            { ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } },
            { ipBlock: { cidr: '10.0.0.0/8', except: [] } },
          ],
        },
      ]),
      expected({
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { a: 'b' } } },
              { podSelector: {}, namespaceSelector: {} },
              { ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } },
              { ipBlock: { cidr: '10.0.0.0/8' } },
            ],
          },
        ],
      }),
    ],
    'every operator of a selector is kept, others are not': [
      ingress([], {
        podSelector: {
          matchLabels: {},
          matchExpressions: [
            { key: 'a', operator: 'In', values: ['b'] },
            { key: 'a', operator: 'Exists', values: [] },
            { key: 'a', operator: 'Gt', values: ['1'] },
          ],
        },
      }),
      expected({
        podSelector: {
          matchExpressions: [
            { key: 'a', operator: 'In', values: ['b'] },
            { key: 'a', operator: 'Exists' },
          ],
        },
      }),
    ],
    'no spec is no policy': [read(undefined), undefined],
  };
  it.each(Object.entries(table))('%s', (_, [spec, wanted]) => expect(spec).toEqual(wanted));
});

describe('a policy', () => {
  it('keeps the metadata that matters', () => {
    const metadata = {
      name: 'mine',
      namespace: 'a lie',
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      deletionTimestamp: '2026-01-02T00:00:00Z',
      labels: { a: 'b' },
      annotations: { c: 'd' },
    };
    const { managedFields: _, ...expected } = { ...metadata, namespace: 'shop', managedFields: [] };
    expect(readNetworkPolicy({ metadata: { ...metadata, managedFields: [{}] }, spec: {} }, 'shop')?.metadata).toEqual(expected);
  });

  it('of ours is read as it was written, whatever the template says', () => {
    fc.assert(
      fc.property(templates, (whole) => {
        for (const name of NAMESPACES) {
          const { block, allow } = policyPair(name, makeAuthority(whole, 'portcullis-system'), { namespaces: NAMESPACES, apiServer: [] });
          const written: NetworkPolicy[] = [block, ...allow];
          expect(written.map((policy) => readNetworkPolicy(JSON.parse(JSON.stringify(policy)), name))).toEqual(written);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('of any shape is read or refused, never thrown', () => {
    const rule = fc.oneof(fc.anything(), fc.record({ from: fc.anything(), to: fc.anything(), ports: fc.array(fc.anything()) }));
    const spec = fc.record({
      podSelector: fc.anything(),
      policyTypes: fc.anything(),
      ingress: fc.oneof(fc.anything(), fc.array(rule)),
      egress: fc.oneof(fc.anything(), fc.array(rule)),
    });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ metadata: fc.anything(), spec })), (value) => {
        expect(readNetworkPolicy(value, 'shop')?.metadata.namespace ?? 'shop').toBe('shop');
      }),
      { numRuns: 500 },
    );
  });
});
