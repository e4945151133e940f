import { createHash } from 'node:crypto';
import { ALLOW_POLICY, QUARANTINE_LABEL, RULES_ANNOTATION } from '../names.ts';
import type { EgressRule, IngressRule, NetworkPolicy, PolicyPeer, PolicyPort } from '../network-policy.ts';
import { distinctRanges, type PortRange } from '../port.ts';
import { canonicalSelector, type LabelSelector, selectsEverything } from '../selector.ts';
import type { Connection } from './connections.ts';
import { ourMetadata } from './metadata.ts';

/** What an allow policy is made from: pods of one selector, and every connection that they may have. */
export interface AllowInput {
  readonly namespace: string;
  readonly selector: LabelSelector;
  readonly connections: readonly Connection[];
  /** Egress is left open. */
  readonly openEgress: boolean;
  /** A pod with the quarantine label is left out. */
  readonly quarantine: boolean;
  readonly templateHash: string;
}

/**
 * The policy that lets through what the template permits for one selector. Rules with a pod selector get a policy of their own, so that
 * a port authorized for one workload does not open on another (KUBERNETES.md 3.20). Both policyTypes and both lists are always there.
 */
export function allowPolicy(input: AllowInput): NetworkPolicy {
  const { namespace, selector, connections, templateHash } = input;
  const rules = [
    ...new Set(
      connections.flatMap(({ rule }) => (rule === undefined ? [] : [rule.name ?? `line ${rule.place.line} of ${rule.place.document}`])),
    ),
  ].sort();
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ourMetadata(
      { name: allowName(selector), namespace, templateHash },
      rules.length > 0 ? { [RULES_ANNOTATION]: rules.join(', ') } : {},
    ),
    spec: {
      podSelector: input.quarantine ? withoutQuarantined(selector) : canonicalSelector(selector),
      policyTypes: ['Ingress', 'Egress'],
      ingress: ingressRules(connections),
      egress: input.openEgress ? [{}] : egressRules(connections),
    },
  };
}

/** `portcullis-allow` for every pod of the namespace; else with a hash of the canonical selector, so that one selector has one name for ever. */
export function allowName(selector: LabelSelector): string {
  if (selectsEverything(selector)) return ALLOW_POLICY;
  const hash = createHash('sha256')
    .update(JSON.stringify(canonicalSelector(selector)))
    .digest('hex');
  return `${ALLOW_POLICY}-${hash.slice(0, 10)}`;
}

function withoutQuarantined(selector: LabelSelector): LabelSelector {
  const expressions = [...(selector.matchExpressions ?? []), { key: QUARANTINE_LABEL, operator: 'DoesNotExist' as const }];
  return canonicalSelector({ ...selector, matchExpressions: expressions });
}

function ingressRules(connections: readonly Connection[]): IngressRule[] {
  return grouped(connections, 'ingress').map(({ peers, ports }) => (peers === 'anywhere' ? { ports } : { from: peers, ports }));
}

function egressRules(connections: readonly Connection[]): EgressRule[] {
  return grouped(connections, 'egress').map(({ peers, ports }) => (peers === 'anywhere' ? { ports } : { to: peers, ports }));
}

/** Connections with the same peers share one rule; everything is sorted, so that the same template gives the same bytes. */
function grouped(
  connections: readonly Connection[],
  direction: Connection['direction'],
): { peers: Connection['peers']; ports: PolicyPort[] }[] {
  const groups = new Map<string, { peers: Connection['peers']; ranges: PortRange[] }>();
  for (const connection of connections.filter((one) => one.direction === direction)) {
    const peers = connection.peers === 'anywhere' ? 'anywhere' : distinctPeers(connection.peers);
    const key = JSON.stringify(peers);
    const group = groups.get(key) ?? { peers, ranges: [] };
    group.ranges.push(...connection.ports);
    groups.set(key, group);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { peers, ranges }]) => ({ peers, ports: distinctRanges(ranges).map(policyPort) }));
}

function distinctPeers(peers: readonly PolicyPeer[]): PolicyPeer[] {
  const byText = new Map(peers.map((peer) => [JSON.stringify(peer), peer]));
  return [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, peer]) => peer);
}

/** Numbers, never names; one entry per port and protocol; a range as `endPort` (case 05). */
function policyPort({ from, to, protocol }: PortRange): PolicyPort {
  return from === to ? { protocol, port: from } : { protocol, port: from, endPort: to };
}
