import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../../src/core/authority.ts';
import type { EgressRule, IngressRule, NetworkPolicy, NetworkPolicySpec } from '../../../../src/core/network-policy.ts';
import { policyPair } from '../../../../src/core/policy-pair.ts';
import type { AddressEnd, PodEnd } from '../../../../src/core/reach/endpoint.ts';
import { withNameLabel } from '../../../../src/core/reach/endpoint.ts';
import { reach } from '../../../../src/core/reach/reach.ts';
import type { Template } from '../../../../src/core/template/model.ts';
import { labels, NAMESPACES, ports, templates } from '../../../support/arbitrary.ts';
import { foreignPolicies } from '../../../support/arbitrary-policies.ts';
import { type Endpoint, passes } from '../../../support/netpol-evaluator.ts';
import { permits } from '../../../support/template-evaluator.ts';

const named = fc.uniqueArray(fc.record({ name: fc.constantFrom('http', 'dns'), port: ports }), {
  maxLength: 2,
  selector: ({ name }) => name,
});
const pods = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  labels,
  ip: fc.constantFrom('10.244.0.6', '10.244.0.7', '10.244.0.8'),
  named,
});
const BLUE = { team: 'blue' };
const namespaceLabels = (name: string) => (name.startsWith('pr-') ? BLUE : {});

function podEnd({ namespace, labels: own, ip, named: namedPorts = [] }: Endpoint): PodEnd {
  const ends = namedPorts.map(({ name, port }) => ({
    name,
    port: { number: port.number, protocol: port.protocol === 'UDP' ? ('UDP' as const) : ('TCP' as const) },
  }));
  return {
    kind: 'pod',
    namespace,
    namespaceLabels: withNameLabel(namespace, namespaceLabels(namespace)),
    labels: own,
    addresses: [ip],
    hostNetwork: false,
    namedPorts: ends,
  };
}

const oursOf = (template: Template): NetworkPolicy[] => {
  const authority = makeAuthority(template, 'portcullis-system');
  return NAMESPACES.filter((name) => authority.namespace(name).mode === 'enforce').flatMap((name) => {
    const { block, allow } = policyPair(name, authority, { namespaces: NAMESPACES, apiServer: [] });
    return [block, ...allow];
  });
};
const byNamespace = (policies: readonly NetworkPolicy[]) => (name: string) =>
  policies.filter(({ metadata }) => metadata.namespace === name);

describe('for any template and any policies of others', () => {
  it('a connection is permitted exactly when an independent reading of the policies lets it pass', () => {
    fc.assert(
      fc.property(templates, fc.array(foreignPolicies, { maxLength: 4 }), pods, pods, ports, (template, foreign, from, to, port) => {
        const policies = [...oursOf(template), ...foreign];
        const known = (pod: Endpoint) => ({ ...pod, namespaceLabels: namespaceLabels(pod.namespace) });
        const answer = reach({ from: podEnd(from), to: podEnd(to), port, policies: byNamespace(policies) });
        expect(answer.permitted).toBe(passes(policies, known(from), known(to), port));
      }),
      { numRuns: 1500 },
    );
  });

  it('a connection is permitted exactly when the template permits it, where nobody else has a policy', () => {
    fc.assert(
      fc.property(templates, pods, pods, ports, (template, from, to, port) => {
        const answer = reach({ from: podEnd(from), to: podEnd(to), port, policies: byNamespace(oursOf(template)) });
        expect(answer.permitted).toBe(permits(template, from, to, port));
      }),
      { numRuns: 1000 },
    );
  });
});

const front = podEnd({ namespace: 'web', labels: { app: 'front' }, ip: '10.244.0.6' });
const api: PodEnd = {
  ...podEnd({ namespace: 'shop', labels: { app: 'api' }, ip: '10.244.0.7' }),
  namedPorts: [{ name: 'http', port: { number: 80, protocol: 'TCP' } }],
};
const node: PodEnd = { ...front, hostNetwork: true, addresses: ['10.0.0.4'] };
const address = (text: string): AddressEnd => ({ kind: 'address', address: text });

function policy(namespace: string, spec: Partial<NetworkPolicySpec>): NetworkPolicy {
  const whole: NetworkPolicySpec = { podSelector: {}, policyTypes: ['Ingress'], ingress: [], egress: [], ...spec };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'theirs', namespace }, spec: whole };
}
const ingress = (...rules: IngressRule[]) => policy('shop', { ingress: rules });
const egress = (...rules: EgressRule[]) => policy('web', { policyTypes: ['Egress'], egress: rules });

describe('what policies decide', () => {
  const tcp80 = { number: 80, protocol: 'TCP' } as const;
  const table: Record<string, [from: PodEnd | AddressEnd, to: PodEnd | AddressEnd, policies: NetworkPolicy[], ends: string]> = {
    'nothing is isolated without policies': [front, api, [], 'not-isolated not-isolated'],
    'an address has no policies of its own': [address('192.0.2.1'), api, [ingress()], 'outside refused'],
    'an address in a block': [address('192.0.2.1'), api, [ingress({ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] })], 'outside permitted'],
    'an address in an exception': [
      address('192.0.2.1'),
      api,
      [ingress({ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.0/30'] } }] })],
      'outside refused',
    ],
    'an IPv6 address in a block': [
      address('2001:db8::7'),
      api,
      [ingress({ from: [{ ipBlock: { cidr: '2001:db8::/64' } }] })],
      'outside permitted',
    ],
    'an IPv4 address is in no IPv6 block': [
      address('192.0.2.1'),
      api,
      [ingress({ from: [{ ipBlock: { cidr: '::/0' } }] })],
      'outside refused',
    ],
    'a block with host bits means its network': [
      front,
      address('10.1.2.3'),
      [egress({ to: [{ ipBlock: { cidr: '10.1.0.9/16' } }] })],
      'permitted outside',
    ],
    'a block that cannot be read holds nobody': [
      front,
      address('10.1.2.3'),
      [egress({ to: [{ ipBlock: { cidr: '10.1.0.0' } }] })],
      'refused outside',
    ],
    'a pod without an address is in no block': [
      { ...front, addresses: [] },
      api,
      [ingress({ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] })],
      'not-isolated refused',
    ],
    'no policy covers a pod of the host network': [front, { ...api, hostNetwork: true }, [ingress()], 'not-isolated host-network'],
    'no selector means a pod of the host network': [node, api, [ingress({ from: [{ namespaceSelector: {} }] })], 'host-network refused'],
    'a block means the node of a pod of the host network': [
      node,
      api,
      [ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/24' } }] })],
      'host-network permitted',
    ],
    'a named port of the receiver': [front, api, [ingress({ ports: [{ port: 'http' }] })], 'not-isolated permitted'],
    'a named port of the receiver, at the egress': [front, api, [egress({ ports: [{ port: 'http' }] })], 'permitted not-isolated'],
    'a named port of another protocol': [front, api, [ingress({ ports: [{ port: 'http', protocol: 'UDP' }] })], 'not-isolated refused'],
    'a named port means nothing at an address': [front, address('192.0.2.1'), [egress({ ports: [{ port: 'http' }] })], 'refused outside'],
    'both ends must permit it': [front, api, [egress(), ingress({})], 'refused permitted'],
    'policies add up': [
      front,
      api,
      [ingress(), ingress({ ports: [{ port: 81 }] }), ingress({ ports: [{ port: 79, endPort: 80 }] })],
      'not-isolated permitted',
    ],
  };
  it.each(Object.entries(table))('%s', (_, [from, to, policies, ends]) => {
    const { permitted, leaves, enters } = reach({ from, to, port: tcp80, policies: byNamespace(policies) });
    expect(`${leaves.verdict} ${enters.verdict}`).toBe(ends);
    expect(permitted).toBe(!ends.includes('refused'));
  });
});
