import { createHash } from 'node:crypto';
import { ALLOW_POLICY, QUARANTINE_LABEL, RULES_ANNOTATION } from '../names.ts';
import type { EgressRule, IngressRule, NetworkPolicy, PolicyPeer, PolicyPort } from '../network-policy.ts';
import { distinctRanges, type PortRange } from '../port.ts';
import { canonicalSelector, type LabelSelector, selectsEverything } from '../selector.ts';
import type { Connection } from './connections.ts';
import { ourMetadata } from './metadata.ts';

/** What an allow policy is made from: pods of one selector, and every connection that they may have in one direction. */
export interface AllowInput {
  readonly namespace: string;
  readonly selector: LabelSelector;
  readonly direction: Connection['direction'];
  readonly connections: readonly Connection[];
  /** Everything is let through in this direction. */
  readonly open: boolean;
  /** A pod with the quarantine label is left out. */
  readonly quarantine: boolean;
  readonly templateHash: string;
}

/**
 * The policy that lets through what the template permits for one selector in one direction. Rules with a pod selector get a policy of their
 * own, so that a port authorized for one workload does not open on another; and each direction has one, since there are agents that take an
 * egress rule for an ingress rule where one policy selects both ends (docs/adr/0007). Both lists are always there, so that both are owned.
 */
export function allowPolicy(input: AllowInput): NetworkPolicy {
  const { namespace, selector, direction, connections, templateHash } = input;
  const rules = [
    ...new Set(
      connections.flatMap(({ rule }) => (rule === undefined ? [] : [rule.name ?? `line ${rule.place.line} of ${rule.place.document}`])),
    ),
  ].sort();
  const podSelector = input.quarantine ? withoutQuarantined(selector) : canonicalSelector(selector);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ourMetadata(
      { name: allowName(selector, direction), namespace, templateHash },
      rules.length > 0 ? { [RULES_ANNOTATION]: namesOf(rules) } : {},
    ),
    spec:
      direction === 'ingress'
        ? { podSelector, policyTypes: ['Ingress'], ingress: input.open ? [{}] : ingressRules(connections), egress: [] }
        : { podSelector, policyTypes: ['Egress'], ingress: [], egress: input.open ? [{}] : egressRules(connections) },
  };
}

/**
 * One name for ever for one selector and direction. Every pod of the namespace: `portcullis-allow` (egress, which is always there) and
 * `portcullis-allow-ingress`; else with a hash of the canonical selector, `portcullis-allow-HASH` (ingress) and `portcullis-allow-HASH-egress`.
 */
export function allowName(selector: LabelSelector, direction: Connection['direction']): string {
  if (selectsEverything(selector)) return direction === 'egress' ? ALLOW_POLICY : `${ALLOW_POLICY}-ingress`;
  const hash = createHash('sha256')
    .update(JSON.stringify(canonicalSelector(selector)))
    .digest('hex');
  const name = `${ALLOW_POLICY}-${hash.slice(0, 10)}`;
  return direction === 'ingress' ? name : `${name}-egress`;
}

/** The API server takes 256 KiB of annotations, and a policy for which a whole fleet is the caller comes from thousands of rules. */
const NAMED_RULES = 100;

function namesOf(rules: readonly string[]): string {
  const more = rules.length - NAMED_RULES;
  return [...rules.slice(0, NAMED_RULES), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function withoutQuarantined(selector: LabelSelector): LabelSelector {
  const expressions = [...(selector.matchExpressions ?? []), { key: QUARANTINE_LABEL, operator: 'DoesNotExist' as const }];
  return canonicalSelector({ ...selector, matchExpressions: expressions });
}

function ingressRules(connections: readonly Connection[]): IngressRule[] {
  return grouped(connections).map(({ peers, ports }) => (peers === 'anywhere' ? { ports } : { from: peers, ports }));
}

function egressRules(connections: readonly Connection[]): EgressRule[] {
  return grouped(connections).map(({ peers, ports }) => (peers === 'anywhere' ? { ports } : { to: peers, ports }));
}

/** Connections with the same peers share one rule; everything is sorted, so that the same template gives the same bytes. */
function grouped(connections: readonly Connection[]): { peers: Connection['peers']; ports: PolicyPort[] }[] {
  const groups = new Map<string, { peers: Connection['peers']; ranges: PortRange[] }>();
  for (const connection of connections) {
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
