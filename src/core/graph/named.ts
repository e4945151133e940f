import type { PolicyPeer } from '../network-policy.ts';
import { peerMeans } from '../reach/match.ts';
import type { Group } from './group.ts';
import { edgesOf, type PortEdge } from './port-edge.ts';
import { both, type PortSet, portSet } from './port-set.ts';
import { namesPods, type Side, type SideQuestion, sidePorts } from './side.ts';

/**
 * The connections between workloads of which at least one end names the other: what both of them let through only because they ask nobody
 * who he is would be an edge between any two, and stands at the node of anybody instead.
 */
export function namedEdges(groups: readonly Group[]): PortEdge[] {
  const means = meaning(groups);
  return groups.flatMap((group) => {
    const receivers = new Set(namedPeers(group.leaves).flatMap((peer) => means(peer, group.namespace)));
    const callers = namedPeers(group.enters).flatMap((peer) => means(peer, group.namespace));
    return [
      ...[...receivers].flatMap((receiver) => between(group, receiver)),
      // A pair whose caller names the receiver was met there.
      ...[...new Set(callers)].filter((caller) => !names(caller, group)).flatMap((caller) => between(caller, group)),
    ];
  });
}

/** The ports of a connection by all policies, and by ours alone. */
export function permittedPorts(from: Group, to: Group): { readonly all: PortSet; readonly byOurs: PortSet } {
  const [leaving, entering] = questions(from, to);
  return {
    all: both(sidePorts(from.leaves, leaving), sidePorts(to.enters, entering)),
    byOurs: both(sidePorts(from.ours.leaves, leaving), sidePorts(to.ours.enters, entering)),
  };
}

function between(from: Group, to: Group): PortEdge[] {
  const [leaving, entering] = questions(from, to);
  const named = portSet([...sidePorts(from.leaves, leaving, true), ...sidePorts(to.enters, entering, true)]);
  const { all, byOurs } = permittedPorts(from, to);
  return edgesOf({ from: from.key, to: to.key }, both(all, named), byOurs);
}

function questions(from: Group, to: Group): readonly [SideQuestion, SideQuestion] {
  return [
    { namespace: from.namespace, other: to.pod, receiver: to.pod },
    { namespace: to.namespace, other: from.pod, receiver: to.pod },
  ];
}

function names(from: Group, to: Group): boolean {
  return namedPeers(from.leaves).some((peer) => peerMeans(peer, from.namespace, to.pod));
}

function namedPeers({ open, grants }: Side): PolicyPeer[] {
  return open ? [] : grants.flatMap((grant) => (namesPods(grant) && grant.peer !== undefined ? [grant.peer] : []));
}

/** Whom a peer means; a cluster has few distinct peers, so that each is asked of every workload once. */
function meaning(groups: readonly Group[]): (peer: PolicyPeer, namespace: string) => readonly Group[] {
  const known = new Map<string, readonly Group[]>();
  return (peer, namespace) => {
    const key = JSON.stringify([peer, namespace]);
    const found = known.get(key) ?? groups.filter(({ pod }) => peerMeans(peer, namespace, pod));
    known.set(key, found);
    return found;
  };
}
