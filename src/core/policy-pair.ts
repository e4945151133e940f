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
  /** `portcullis-allow` first, then one for each distinct pod selector and direction, sorted by name. */
  readonly allow: readonly NetworkPolicy[];
}

/**
 * The pair of a namespace, whatever its mode: whether it is applied is the reconciler's question. The ingress that it opens is exactly
 * what the gate authorizes, since both come from the same grants.
 */
export function policyPair(name: string, authority: Authority, facts: ClusterFacts): PolicyPair {
  const { template } = authority;
  const entry = authority.entry(name);
  const isOpen = (entry?.egress ?? template.egress) === 'open';
  const shared = { namespace: name, quarantine: entry?.onViolation === 'quarantine', templateHash: template.hash };
  const allow = groupConnections(connectionsOf(name, authority, facts)).map((group) =>
    allowPolicy({ ...shared, ...group, open: isOpen && group.direction === 'egress' && group.selector === EVERYTHING }),
  );
  return { block: blockPolicy(name, template.hash), allow: allow.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)) };
}

interface ConnectionGroup {
  readonly selector: Connection['pods'];
  readonly direction: Connection['direction'];
  readonly connections: Connection[];
}

/** One group for each distinct selector and direction; the egress of every pod is always there. */
function groupConnections(connections: readonly Connection[]): ConnectionGroup[] {
  const always: ConnectionGroup = { selector: EVERYTHING, direction: 'egress', connections: [] };
  const groups = new Map([[allowName(EVERYTHING, 'egress'), always]]);
  for (const connection of connections) {
    const { pods, direction } = connection;
    const name = allowName(pods, direction);
    const group = groups.get(name) ?? { selector: pods, direction, connections: [] };
    group.connections.push(connection);
    groups.set(name, group);
  }
  return [...groups.values()];
}
