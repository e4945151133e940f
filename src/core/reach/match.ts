import type { PolicyPeer, PolicyPort } from '../network-policy.ts';
import type { Port } from '../port.ts';
import { EVERYTHING, selects } from '../selector.ts';
import { blockHolds } from './address-block.ts';
import type { Endpoint, PodEnd } from './endpoint.ts';

/**
 * Whether a peer of a policy of this namespace means the other end. Within one peer both selectors must hold (NetworkPolicy API). A pod of
 * the host network is its node to everybody: selectors never mean it, only blocks that hold the address of the node.
 */
export function peerMeans(peer: PolicyPeer, policyNamespace: string, other: Endpoint): boolean {
  if (peer.ipBlock !== undefined) return blockMeans(peer.ipBlock, other);
  if (other.kind === 'address' || other.hostNetwork) return false;
  const isNamespace =
    peer.namespaceSelector === undefined ? other.namespace === policyNamespace : selects(peer.namespaceSelector, other.namespaceLabels);
  return isNamespace && selects(peer.podSelector ?? EVERYTHING, other.labels);
}

function blockMeans({ cidr, except = [] }: NonNullable<PolicyPeer['ipBlock']>, other: Endpoint): boolean {
  const addresses = other.kind === 'address' ? [other.address] : other.addresses;
  return addresses.some((address) => blockHolds(cidr, address) && !except.some((block) => blockHolds(block, address)));
}

/** Whether an entry of `ports` covers the port. A name is looked up at the receiving pod, for the protocol of the entry (KUBERNETES.md 3.7). */
export function portCovers(entry: PolicyPort, port: Port, receiver: Endpoint): boolean {
  if ((entry.protocol ?? 'TCP') !== port.protocol) return false;
  if (entry.port === undefined) return true;
  if (typeof entry.port === 'string') return receiver.kind === 'pod' && hasNamed(receiver, entry.port, port);
  return entry.port <= port.number && port.number <= (entry.endPort ?? entry.port);
}

function hasNamed({ namedPorts }: PodEnd, name: string, { number, protocol }: Port): boolean {
  return namedPorts.some((named) => named.name === name && named.port.number === number && named.port.protocol === protocol);
}
