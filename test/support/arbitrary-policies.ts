import fc from 'fast-check';
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../../src/core/network-policy.ts';
import { NAMESPACES, ports, selectors } from './arbitrary.ts';

/** Policies of other people, in the universe of `arbitrary.ts`: every form that the API accepts. */

const policyPorts: fc.Arbitrary<PolicyPort> = fc.oneof(
  ports.map(({ number, protocol }) => ({ port: number, protocol })),
  ports.map(({ number }) => ({ port: number })),
  fc.constantFrom<PolicyPort>({ protocol: 'UDP' }, {}, { port: 'http' }, { port: 'dns', protocol: 'UDP' }),
  fc.constantFrom<PolicyPort>({ port: 79, endPort: 81 }, { port: 80, endPort: 443, protocol: 'UDP' }),
);

const namespaceSelectors = fc.oneof(
  fc.constant({}),
  fc.constantFrom(...NAMESPACES).map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })),
  fc.constant({ matchLabels: { team: 'blue' } }),
);

const peers: fc.Arbitrary<PolicyPeer> = fc.oneof(
  selectors.map((podSelector) => ({ podSelector })),
  namespaceSelectors.map((namespaceSelector) => ({ namespaceSelector })),
  fc.record({ podSelector: selectors, namespaceSelector: namespaceSelectors }),
  fc.constantFrom<PolicyPeer>(
    { ipBlock: { cidr: '0.0.0.0/0', except: ['10.244.0.8/32'] } },
    { ipBlock: { cidr: '10.244.0.0/24' } },
    { ipBlock: { cidr: '10.244.0.6/31' } },
    { ipBlock: { cidr: '192.0.2.0/24' } },
  ),
);

const lists = <T>(item: fc.Arbitrary<T>) => fc.option(fc.array(item, { maxLength: 2 }), { nil: undefined });
const sides = fc.record({ peers: lists(peers), ports: lists(policyPorts) });
const types = fc.constantFrom<('Ingress' | 'Egress')[]>(['Ingress'], ['Egress'], ['Ingress', 'Egress']);

export const foreignPolicies: fc.Arbitrary<NetworkPolicy> = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    podSelector: selectors,
    policyTypes: types,
    ingress: fc.array(sides, { maxLength: 2 }),
    egress: fc.array(sides, { maxLength: 2 }),
  })
  .map(({ namespace, podSelector, policyTypes, ingress, egress }) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'theirs', namespace },
    spec: {
      podSelector,
      policyTypes,
      ingress: ingress.map((side) => ({ ...some('from', side.peers), ...some('ports', side.ports) })),
      egress: egress.map((side) => ({ ...some('to', side.peers), ...some('ports', side.ports) })),
    },
  }));

function some<K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: T });
}
