import { NAMESPACE_NAME_LABEL } from '../names.ts';
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../network-policy.ts';
import type { PolicyPair } from '../policy-pair.ts';
import { canonicalSelector, formatSelector, type LabelSelector, selectsEverything } from '../selector.ts';

/**
 * What a policy of somebody else opens beyond the pair of its namespace, one phrase each (`opens 9999/TCP to its pods from anywhere`).
 * Policies add up, so such a policy silently defeats the pair (NetworkPolicy API: additive, no deny). Compared rule by rule: a port or
 * peer counts as permitted where an allow policy for the same pods, or for every pod, has a rule that covers it.
 */
export function wideningsOf(policy: NetworkPolicy, pair: PolicyPair): string[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const permitted = openings(
      pair.allow.filter((allow) => coversPods(allow, policy)),
      direction,
    );
    const beyond = openings([policy], direction).filter((opening) => !permitted.some((one) => covers(one, opening)));
    return [...new Set(beyond.map((opening) => phrase(opening, direction)))];
  });
}

/** Everything that a policy opens, one phrase for each peer, ingress first: `8080/TCP, 53/UDP from pods app=front of its namespace`. */
export function openedBy(policy: NetworkPolicy): string[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const ports = new Map<string, Set<string>>();
    for (const { peer, port } of openings([policy], direction)) {
      const known = ports.get(peerText(peer)) ?? new Set();
      ports.set(peerText(peer), known.add(portText(port)));
    }
    return [...ports].map(([peer, texts]) => `${[...texts].join(', ')} ${direction === 'ingress' ? 'from' : 'to'} ${peer}`);
  });
}

/** One port (or all) for one peer (or anybody). */
interface Opening {
  readonly peer: PolicyPeer | undefined;
  readonly port: PolicyPort | undefined;
}

function openings(policies: readonly NetworkPolicy[], direction: 'ingress' | 'egress'): Opening[] {
  return policies.flatMap(({ spec }) => {
    if (!spec.policyTypes.includes(direction === 'ingress' ? 'Ingress' : 'Egress')) return [];
    const rules =
      direction === 'ingress'
        ? spec.ingress.map(({ from, ports }) => ({ peers: from, ports }))
        : spec.egress.map(({ to, ports }) => ({ peers: to, ports }));
    return rules.flatMap(({ peers, ports }) => orAll(peers).flatMap((peer) => orAll(ports).map((port) => ({ peer, port }))));
  });
}

function orAll<T>(values: readonly T[] | undefined): readonly (T | undefined)[] {
  return values === undefined || values.length === 0 ? [undefined] : values;
}

function coversPods(allow: NetworkPolicy, policy: NetworkPolicy): boolean {
  return (
    selectsEverything(allow.spec.podSelector) ||
    sameText(canonicalSelector(allow.spec.podSelector), canonicalSelector(policy.spec.podSelector))
  );
}

function covers(permitted: Opening, asked: Opening): boolean {
  return coversPeer(permitted.peer, asked.peer) && coversPort(permitted.port, asked.port);
}

function coversPeer(permitted: PolicyPeer | undefined, asked: PolicyPeer | undefined): boolean {
  return permitted === undefined || (asked !== undefined && sameText(canonicalPeer(permitted), canonicalPeer(asked)));
}

function coversPort(permitted: PolicyPort | undefined, asked: PolicyPort | undefined): boolean {
  if (permitted === undefined) return true;
  if (asked === undefined || (permitted.protocol ?? 'TCP') !== (asked.protocol ?? 'TCP')) return false;
  if (typeof permitted.port !== 'number' || typeof asked.port !== 'number') return false;
  return permitted.port <= asked.port && (asked.endPort ?? asked.port) <= (permitted.endPort ?? permitted.port);
}

function canonicalPeer({ podSelector, namespaceSelector, ipBlock }: PolicyPeer): unknown {
  return [podSelector && canonicalSelector(podSelector), namespaceSelector && canonicalSelector(namespaceSelector), ipBlock];
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function phrase({ peer, port }: Opening, direction: 'ingress' | 'egress'): string {
  return direction === 'ingress' ? `opens ${portText(port)} from ${peerText(peer)}` : `opens ${portText(port)} to ${peerText(peer)}`;
}

function portText(port: PolicyPort | undefined): string {
  if (port === undefined) return 'every port';
  const protocol = port.protocol ?? 'TCP';
  if (port.port === undefined) return `every ${protocol} port`;
  return `${port.port}${port.endPort === undefined ? '' : `-${port.endPort}`}/${protocol}`;
}

function peerText(peer: PolicyPeer | undefined): string {
  if (peer === undefined) return 'anywhere';
  if (peer.ipBlock !== undefined) return blockText(peer.ipBlock);
  const pods = peer.podSelector === undefined || selectsEverything(peer.podSelector) ? 'pods' : `pods ${formatSelector(peer.podSelector)}`;
  if (peer.namespaceSelector === undefined) return `${pods} of its namespace`;
  return `${pods} of ${namespacesText(peer.namespaceSelector)}`;
}

function blockText({ cidr, except = [] }: NonNullable<PolicyPeer['ipBlock']>): string {
  return except.length === 0 ? cidr : `${cidr} except ${except.join(', ')}`;
}

function namespacesText(selector: LabelSelector): string {
  if (selectsEverything(selector)) return 'every namespace';
  const byName = `${NAMESPACE_NAME_LABEL}=`;
  const text = formatSelector(selector);
  return text.startsWith(byName) && !text.includes(',') ? `namespace ${text.slice(byName.length)}` : `namespaces ${text}`;
}
