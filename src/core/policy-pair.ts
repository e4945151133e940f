import type { Authority } from './authority.ts';
import type { NetworkPolicy } from './network-policy.ts';
import { allowName, allowPolicy } from './pair/allow.ts';
import { blockPolicy } from './pair/block.ts';
import { type Connection, connectionsOf } from './pair/connections.ts';
import type { ClusterFacts } from './pair/peers.ts';
import { EVERYTHING } from './selector.ts';

/** The policies of one namespace: one that closes, and those that let through what the template permits. */
export interface PolicyPair {
  readonly block: NetworkPolicy;
  /** `portcullis-allow` first, then one for each distinct pod selector, sorted by name. */
  readonly allow: readonly NetworkPolicy[];
}

/**
 * The pair of a namespace, whatever its mode: whether it is applied is the reconciler's question. The ingress that it opens is exactly
 * what the gate authorizes, since both come from the same grants.
 */
export function policyPair(name: string, authority: Authority, facts: ClusterFacts): PolicyPair {
  const { template } = authority;
  const entry = authority.entry(name);
  const bySelector = groupBySelector(connectionsOf(name, authority, facts));
  const shared = {
    namespace: name,
    openEgress: (entry?.egress ?? template.egress) === 'open',
    quarantine: entry?.onViolation === 'quarantine',
    templateHash: template.hash,
  };
  const allow = [...bySelector.values()].map(({ selector, connections }) =>
    allowPolicy({ ...shared, selector, connections, openEgress: shared.openEgress && selector === EVERYTHING }),
  );
  return { block: blockPolicy(name, template.hash), allow: allow.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)) };
}

interface SelectorGroup {
  readonly selector: Connection['pods'];
  readonly connections: Connection[];
}

/** One group for each distinct selector; the group of every pod is always there. */
function groupBySelector(connections: readonly Connection[]): ReadonlyMap<string, SelectorGroup> {
  const groups = new Map<string, SelectorGroup>([[allowName(EVERYTHING), { selector: EVERYTHING, connections: [] }]]);
  for (const connection of connections) {
    const name = allowName(connection.pods);
    const group = groups.get(name) ?? { selector: connection.pods, connections: [] };
    group.connections.push(connection);
    groups.set(name, group);
  }
  return groups;
}
