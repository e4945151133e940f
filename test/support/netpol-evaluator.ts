import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../../src/core/network-policy.ts';

/**
 * What NetworkPolicies let through, by the rules of the Kubernetes documentation (Concepts > Network Policies), written without any code
 * of src: the independent judge of the generated JSON.
 */

export interface Endpoint {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ip: string;
  /** Of its namespace, beside the one of its name. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** The named ports of its containers. */
  readonly named?: readonly { readonly name: string; readonly port: PortNumber }[];
}

export interface PortNumber {
  readonly number: number;
  readonly protocol: string;
}

/** A connection passes when the caller's egress and the receiver's ingress both allow it. */
export function passes(policies: readonly NetworkPolicy[], from: Endpoint, to: Endpoint, port: PortNumber): boolean {
  return side(policies, 'Egress', from, to, port) && side(policies, 'Ingress', to, from, port);
}

/** Whether some peer at all may reach the port of this pod: an ingress rule that covers it exists, or no policy isolates the pod. */
export function ingressOpens(policies: readonly NetworkPolicy[], pod: Endpoint, port: PortNumber): boolean {
  const isolating = policies.filter((policy) => applies(policy, pod, 'Ingress'));
  if (isolating.length === 0) return true;
  return isolating.some((policy) => policy.spec.ingress.some((rule) => portMatches(rule.ports, port, pod)));
}

function side(policies: readonly NetworkPolicy[], type: 'Ingress' | 'Egress', self: Endpoint, other: Endpoint, port: PortNumber): boolean {
  const isolating = policies.filter((policy) => applies(policy, self, type));
  if (isolating.length === 0) return true;
  return isolating.some((policy) => {
    const rules =
      type === 'Ingress'
        ? policy.spec.ingress.map((r) => ({ peers: r.from, ports: r.ports }))
        : policy.spec.egress.map((r) => ({ peers: r.to, ports: r.ports }));
    return rules.some(
      ({ peers, ports }) =>
        portMatches(ports, port, type === 'Ingress' ? self : other) &&
        (peers === undefined || peers.length === 0 || peers.some((peer) => peerMatches(peer, policy.metadata.namespace, other))),
    );
  });
}

function applies(policy: NetworkPolicy, pod: Endpoint, type: 'Ingress' | 'Egress'): boolean {
  return (
    policy.metadata.namespace === pod.namespace &&
    policy.spec.policyTypes.includes(type) &&
    labelsMatch(policy.spec.podSelector, pod.labels)
  );
}

/** A name means the ports of that name and protocol at the receiving pod. */
function portMatches(ports: readonly PolicyPort[] | undefined, port: PortNumber, receiver: Endpoint): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some((one) => {
    if ((one.protocol ?? 'TCP') !== port.protocol) return false;
    if (one.port === undefined) return true;
    if (typeof one.port === 'string') return (receiver.named ?? []).some((it) => it.name === one.port && same(it.port, port));
    return one.port <= port.number && port.number <= (one.endPort ?? one.port);
  });
}

function same(a: PortNumber, b: PortNumber): boolean {
  return a.number === b.number && a.protocol === b.protocol;
}

function peerMatches(peer: PolicyPeer, policyNamespace: string, other: Endpoint): boolean {
  if (peer.ipBlock !== undefined) {
    return inCidr(other.ip, peer.ipBlock.cidr) && !(peer.ipBlock.except ?? []).some((cidr) => inCidr(other.ip, cidr));
  }
  const namespaceLabels = { ...other.namespaceLabels, 'kubernetes.io/metadata.name': other.namespace };
  const namespaceFits =
    peer.namespaceSelector === undefined ? other.namespace === policyNamespace : labelsMatch(peer.namespaceSelector, namespaceLabels);
  return namespaceFits && (peer.podSelector === undefined || labelsMatch(peer.podSelector, other.labels));
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** The meaning of a LabelSelector (Concepts > Labels and Selectors). */
export function labelsMatch(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const value = labels[key];
    if (operator === 'In' && (value === undefined || !values.includes(value))) return false;
    if (operator === 'NotIn' && value !== undefined && values.includes(value)) return false;
    if (operator === 'Exists' && value === undefined) return false;
    if (operator === 'DoesNotExist' && value !== undefined) return false;
  }
  return true;
}

/** IPv4 only: what the generated universes use. */
function inCidr(ip: string, cidr: string): boolean {
  const [network = '', bits = '32'] = cidr.split('/');
  const mask = bits === '0' ? 0 : (0xffffffff << (32 - Number(bits))) >>> 0;
  return (toNumber(ip) & mask) >>> 0 === (toNumber(network) & mask) >>> 0;
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
}
