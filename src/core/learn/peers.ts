import { isStrictlyInside, readCidr } from '../cidr.ts';
import { formatLine } from '../document.ts';
import { NAMESPACE_NAME_LABEL } from '../names.ts';
import type { NetworkPolicy, PolicyPeer } from '../network-policy.ts';
import { isOurs } from '../pair/metadata.ts';
import type { Port } from '../port.ts';
import type { PodEnd } from '../reach/endpoint.ts';
import { portCovers } from '../reach/match.ts';
import { isolatingPolicies } from '../reach/reach.ts';
import { podEnd, type Subject, type World } from '../reach/world.ts';
import { canonicalSelector, EVERYTHING, formatSelector, type LabelSelector, selects, selectsEverything } from '../selector.ts';
import type { Peer } from '../template/model.ts';
import type { LearnedPeers } from './learned.ts';

/** A policy of somebody else that acts at a pod, with a few words on where it stands. */
export interface PlacedPolicy {
  readonly policy: NetworkPolicy;
  readonly from: string;
}

/** The policies of others that isolate the pods of a workload in this direction. */
export function isolatingOthers(pod: PodEnd, type: 'Ingress' | 'Egress', { policies }: World): PlacedPolicy[] {
  return policies.flatMap(({ policy, found }): PlacedPolicy[] => {
    if (policy.metadata.namespace !== pod.namespace || isOurs(policy) || isolatingPolicies(pod, type, [policy]).length === 0) return [];
    const where = found.place === undefined ? 'the cluster' : formatLine(found.place);
    return [{ policy, from: `NetworkPolicy ${policy.metadata.name}, ${where}` }];
  });
}

/** Who may connect to a port by the NetworkPolicies of others: they say it, or nobody does and everybody may. */
export function learnPeers(subject: Subject, port: Port, world: World, self: LabelSelector): LearnedPeers {
  const pod = podEnd(subject, world);
  const isolating = isolatingOthers(pod, 'Ingress', world);
  if (isolating.length === 0 || subject.workload.hostNetwork) return { kind: 'anywhere', comment: '' };
  const rules = isolating.flatMap(({ policy, from }) =>
    policy.spec.ingress
      .filter(({ ports = [] }) => ports.length === 0 || ports.some((entry) => portCovers(entry, port, pod)))
      .map((rule) => ({ peers: rule.from ?? [], from })),
  );
  const open = rules.find(({ peers }) => peers.length === 0);
  if (open !== undefined) return { kind: 'anywhere', comment: `by ${open.from}` };
  const all = rules.flatMap(({ peers, from }) => peers.map((peer) => ({ made: templatePeers(peer, pod.namespace, world), peer, from })));
  const unsaid = all.find(({ made }) => made === undefined);
  if (unsaid !== undefined) return { kind: 'anywhere', comment: `doubtful: ${unsaid.from} says less, in words that a template has not` };
  const peers = all.flatMap(({ made = [], peer, from }) => made.map((one) => ({ peer: one, comment: peerComment(peer, from) })));
  if (peers.length === 0) {
    const names = isolating.map(({ policy }) => policy.metadata.name).join(', ');
    return {
      kind: 'peers',
      peers: [{ peer: { kind: 'pods', pods: self }, comment: `doubtful: no rule of ${names} opens it, so only the pods themselves` }],
    };
  }
  return { kind: 'peers', peers: [...new Map(peers.map((one) => [JSON.stringify(one.peer), one])).values()] };
}

/** By whom a peer is said, and what of it is only so now. */
export function peerComment({ namespaceSelector }: PolicyPeer, from: string): string {
  if (namespaceSelector === undefined || nameIn(namespaceSelector) !== undefined) return `by ${from}`;
  return `by ${from}; doubtful: it says namespaces with ${formatSelector(namespaceSelector)}, this is one of them now`;
}

/** The peer in the words of a template; undefined where it has none. */
export function templatePeers(
  { podSelector, namespaceSelector, ipBlock }: PolicyPeer,
  own: string,
  { namespaces }: World,
): Peer[] | undefined {
  if (ipBlock !== undefined) return cidrPeer(ipBlock);
  const pods = canonicalSelector(podSelector ?? EVERYTHING);
  if (namespaceSelector === undefined) return [{ kind: 'pods', pods }];
  const name = nameIn(namespaceSelector);
  if (name !== undefined) return [name === own ? { kind: 'pods', pods } : { kind: 'pods', namespace: name, pods }];
  if (selectsEverything(namespaceSelector)) return undefined;
  const meant = [...namespaces].flatMap(([namespace, labels]) => (selects(namespaceSelector, labels) ? [namespace] : [])).sort();
  return meant.length === 0 ? undefined : meant.map((namespace) => ({ kind: 'pods', namespace, pods }));
}

/** The one namespace that the selector names. */
function nameIn(selector: LabelSelector): string | undefined {
  const { matchLabels = {}, matchExpressions = [] } = canonicalSelector(selector);
  return matchExpressions.length === 0 && Object.keys(matchLabels).length === 1 ? matchLabels[NAMESPACE_NAME_LABEL] : undefined;
}

function cidrPeer({ cidr, except = [] }: NonNullable<PolicyPeer['ipBlock']>): Peer[] | undefined {
  const block = readCidr(cidr);
  const holes = except.map((text) => readCidr(text));
  if ('problem' in block || holes.some((hole) => 'problem' in hole || !isStrictlyInside(hole, block))) return undefined;
  return [{ kind: 'cidr', cidr, except: [...except] }];
}
