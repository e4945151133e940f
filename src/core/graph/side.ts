import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../network-policy.ts';
import type { PortRange } from '../port.ts';
import type { Endpoint, PodEnd } from '../reach/endpoint.ts';
import { peerMeans } from '../reach/match.ts';
import { isolatingPolicies } from '../reach/reach.ts';
import { EVERYTHING, selectsEverything } from '../selector.ts';
import { EVERY_PORT, type PortSet, portSet } from './port-set.ts';

/** What policies let through at pods in one direction. */
export interface Side {
  /** No policy is about the pods in this direction, or none can be, as they are in the network of their node: everything passes. */
  readonly open: boolean;
  readonly grants: readonly SideGrant[];
}

/** One peer of one rule. */
export interface SideGrant {
  /** Absent: anybody. */
  readonly peer?: PolicyPeer;
  /** Absent: every port. */
  readonly entries?: readonly PolicyPort[];
}

/** The side of a pod by these policies, which are those of its namespace. */
export function sideOf(pod: PodEnd, type: 'Ingress' | 'Egress', policies: readonly NetworkPolicy[]): Side {
  const isolating = pod.hostNetwork ? [] : isolatingPolicies(pod, type, policies);
  return { open: isolating.length === 0, grants: isolating.flatMap(({ spec }) => grantsOf(spec, type)) };
}

function grantsOf({ ingress, egress }: NetworkPolicy['spec'], type: 'Ingress' | 'Egress'): SideGrant[] {
  const rules =
    type === 'Ingress' ? ingress.map(({ from, ports }) => ({ peers: from, ports })) : egress.map(({ to, ports }) => ({ peers: to, ports }));
  return rules.flatMap(({ peers = [], ports = [] }) => {
    const entries = ports.length === 0 ? {} : { entries: ports };
    return peers.length === 0 ? [entries] : peers.map((peer) => ({ peer, ...entries }));
  });
}

/** Whether the grant names pods by what they are; else it means everybody, or addresses, which a picture shows as such. */
export function namesPods({ peer }: SideGrant): boolean {
  if (peer === undefined || peer.ipBlock !== undefined) return false;
  return !(
    peer.namespaceSelector !== undefined &&
    selectsEverything(peer.namespaceSelector) &&
    selectsEverything(peer.podSelector ?? EVERYTHING)
  );
}

/** What is asked of a side: the ports by which it lets `other` through, where `receiver` knows what the names of ports mean. */
export interface SideQuestion {
  readonly namespace: string;
  readonly other: Endpoint;
  readonly receiver: Endpoint;
}

/** The ports that the side lets through; `named`: only by grants that name pods. */
export function sidePorts(side: Side, { namespace, other, receiver }: SideQuestion, named = false): PortSet {
  if (side.open) return named ? [] : EVERY_PORT;
  const grants = side.grants.filter((grant) => !named || namesPods(grant));
  return portSet(
    grants.flatMap((grant) => (grant.peer === undefined || peerMeans(grant.peer, namespace, other) ? grantPorts(grant, receiver) : [])),
  );
}

/** The ports of a grant. A name of a port means what the receiver calls so; an address has no names. */
export function grantPorts({ entries }: SideGrant, receiver: Endpoint | undefined): PortSet {
  if (entries === undefined) return EVERY_PORT;
  return portSet(entries.flatMap((entry) => entryRanges(entry, receiver)));
}

function entryRanges({ protocol = 'TCP', port, endPort }: PolicyPort, receiver: Endpoint | undefined): PortRange[] {
  if (port === undefined) return [{ from: 1, to: 65535, protocol }];
  if (typeof port === 'number') return [{ from: port, to: endPort ?? port, protocol }];
  if (receiver?.kind !== 'pod') return [];
  const named = receiver.namedPorts.filter((one) => one.name === port && one.port.protocol === protocol);
  return named.map(({ port: { number } }) => ({ from: number, to: number, protocol }));
}
