import type { EgressRule, PolicyPeer, PolicyPort } from '../network-policy.ts';
import { distinctRanges, formatRange, type PortRange, PROTOCOLS } from '../port.ts';
import { peerMeans } from '../reach/match.ts';
import { podEnd, type Subject, type World } from '../reach/world.ts';
import { EVERYTHING, formatSelector, selectsEverything } from '../selector.ts';
import { flowPeer } from '../template/flow.ts';
import type { Peer } from '../template/model.ts';
import type { LearnedPeer, LearnedPeers, LearnedRange, LearnedRule } from './learned.ts';
import { isolatingOthers, type PlacedPolicy, peerComment, templatePeers } from './peers.ts';

/** What a workload may call by the NetworkPolicies of others. */
export interface LearnedCalls {
  /** Whether policies say whom it may call; where none does, or one says anybody, it may call everybody. */
  readonly bound: boolean;
  readonly calls: readonly Pick<LearnedRule, 'direction' | 'ports' | 'peers'>[];
  /** What a policy permits and a template cannot say, in a few words each. */
  readonly doubts: readonly string[];
}

/** What the policies permit the workload to call, one group for each list of peers. DNS is left to `defaults.dns`, which permits it to everybody. */
export function learnCalls(subject: Subject, world: World): LearnedCalls {
  const isolating = subject.workload.hostNetwork ? [] : isolatingOthers(podEnd(subject, world), 'Egress', world);
  const groups = new Map<string, { direction: 'out'; peers: LearnedPeers; ports: LearnedRange[] }>();
  const doubts: string[] = [];
  for (const { rule, placed } of isolating.flatMap((placed) => placed.policy.spec.egress.map((rule) => ({ rule, placed })))) {
    if (isDns(rule)) continue;
    const { peers, unsaid } = peersOf(rule, placed, world);
    const { ports, unknown } = rangesOf(rule, placed, world);
    doubts.push(...unsaid, ...unknown);
    if (peers.length === 0 || ports.length === 0) continue;
    const key = peers.map(({ peer }) => flowPeer(peer)).join();
    const group = groups.get(key) ?? { direction: 'out', peers: { kind: 'peers', peers }, ports: [] };
    const known = new Set(group.ports.map(({ range }) => formatRange(range)));
    group.ports.push(...ports.filter(({ range }) => !known.has(formatRange(range))));
    groups.set(key, group);
  }
  const rules = isolating.flatMap(({ policy }) => policy.spec.egress);
  return { bound: isolating.length > 0 && rules.every(({ to = [] }) => to.length > 0), calls: [...groups.values()], doubts };
}

/** A call of pods that everybody takes for the resolver, at its ports and no other. */
function isDns({ to = [], ports = [] }: EgressRule): boolean {
  const isResolver = ({ podSelector, namespaceSelector }: PolicyPeer) =>
    namespaceSelector !== undefined && podSelector?.matchLabels?.['k8s-app'] === DNS_APP;
  return (
    to.length > 0 && to.every(isResolver) && ports.length > 0 && ports.every(({ port, endPort }) => port === 53 && endPort === undefined)
  );
}

/** As every installer labels the resolver, CoreDNS or not. */
const DNS_APP = 'kube-dns';

const ANYWHERE: readonly Peer[] = ['0.0.0.0/0', '::/0'].map((cidr) => ({ kind: 'cidr', cidr, except: [] }));

function peersOf({ to = [] }: EgressRule, { policy, from }: PlacedPolicy, world: World) {
  if (to.length === 0) {
    const comment = `by ${from}; doubtful: it says anywhere, and in many clusters addresses do not mean pods`;
    return { peers: ANYWHERE.map((peer): LearnedPeer => ({ peer, comment })), unsaid: [] };
  }
  const said = to.map((peer) => ({ peer, made: templatePeers(peer, policy.metadata.namespace, world) }));
  const peers = said.flatMap(({ peer, made = [] }) => made.map((one): LearnedPeer => ({ peer: one, comment: peerComment(peer, from) })));
  const unsaid = said.flatMap(({ peer, made }) =>
    made === undefined ? [`doubtful: ${from} lets it call ${peerWords(peer)}, for which a template has no words`] : [],
  );
  return { peers: [...new Map(peers.map((one) => [flowPeer(one.peer), one])).values()], unsaid };
}

function peerWords({ ipBlock, namespaceSelector, podSelector }: PolicyPeer): string {
  if (ipBlock !== undefined) return `addresses in ${ipBlock.cidr}`;
  const pods = selectsEverything(podSelector ?? EVERYTHING) ? 'all pods' : `pods with ${formatSelector(podSelector ?? EVERYTHING)}`;
  const everywhere = selectsEverything(namespaceSelector ?? EVERYTHING);
  return `${pods} of ${everywhere ? 'every namespace' : `namespaces with ${formatSelector(namespaceSelector ?? EVERYTHING)}`}`;
}

function rangesOf({ to = [], ports = [] }: EgressRule, { policy, from }: PlacedPolicy, world: World) {
  if (ports.length === 0) {
    const comment = `doubtful: ${from} says every port`;
    return { ports: PROTOCOLS.map((protocol): LearnedRange => ({ range: { from: 1, to: 65535, protocol }, comment })), unknown: [] };
  }
  const receivers = world.subjects
    .map((subject) => podEnd(subject, world))
    .filter((pod) => to.length === 0 || to.some((peer) => peerMeans(peer, policy.metadata.namespace, pod)));
  const read = ports.map((entry) => {
    const named = receivers.flatMap(({ namedPorts }) => namedPorts.filter(({ name }) => name === entry.port).map(({ port }) => port));
    return { entry, ranges: rangesOfEntry(entry, named) };
  });
  const known = read.flatMap(({ entry, ranges }) => ranges.map((range) => ({ range, comment: portComment(entry) })));
  const unknown = read.flatMap(({ entry, ranges }) =>
    ranges.length === 0 ? [`doubtful: ${from} lets it call the port named ${entry.port}, which no pod here declares`] : [],
  );
  return { ports: known, unknown };
}

function rangesOfEntry(
  { port, endPort, protocol = 'TCP' }: PolicyPort,
  named: readonly { number: number; protocol: string }[],
): PortRange[] {
  if (port === undefined) return [{ from: 1, to: 65535, protocol }];
  if (typeof port === 'number') return [{ from: port, to: endPort ?? port, protocol }];
  const fitting = named.filter((one) => one.protocol === protocol);
  return distinctRanges(fitting.map(({ number }) => ({ from: number, to: number, protocol })));
}

function portComment({ port, protocol = 'TCP' }: PolicyPort): string {
  if (port === undefined) return `doubtful: every port of ${protocol}`;
  return typeof port === 'string' ? `named ${port}` : '';
}
