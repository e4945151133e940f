import type { World } from '../reach/world.ts';
import { collapseAlike, type NodesAndEdges } from './alike.ts';
import { type Graph, type KeyedNode, numbered } from './graph.ts';
import { type Group, groupsOf } from './group.ts';
import { namedEdges } from './named.ts';
import { outsideEdges } from './outside.ts';
import { joinedEdges, worded } from './port-edge.ts';

/** What of the connections is drawn. */
export interface GraphWish {
  /** One node for workloads with the same connections, or one for a namespace, where connections inside of it are left out. */
  readonly by: 'workload' | 'namespace';
  /** Only connections that touch one of these namespaces; absent: all. */
  readonly namespaces?: readonly string[];
  /** Addresses that are known to be of the API server. */
  readonly apiServer: readonly string[];
}

/**
 * The connections that the NetworkPolicies of a world permit, whoever made them. An edge between workloads is there where both ends let it
 * through and one of them names the other; whom a policy lets through without naming pods stands outside. The same world gives the same graph.
 */
export function policyGraph(world: World, { by, namespaces, apiServer }: GraphWish): Graph {
  const groups = groupsOf(world);
  const outside = groups.flatMap((group) => outsideEdges(group, apiServer));
  const whole = {
    nodes: [...groups.map(nodeOf), ...new Map(outside.map((one) => [one.outside.key, one.outside])).values()],
    edges: joinedEdges([...namedEdges(groups), ...outside.map(({ edge }) => edge)]),
  };
  const asked = namespaces === undefined ? whole : touching(whole, new Set(namespaces));
  const { nodes, edges } = collapseAlike(by === 'namespace' ? byNamespace(asked) : asked);
  return numbered(nodes, edges.map(worded));
}

function nodeOf({ key, namespace, label }: Group): KeyedNode {
  return { key, kind: 'pods', namespace, label };
}

/** The nodes of these namespaces, and those that they are connected with. */
function touching({ nodes, edges }: NodesAndEdges, namespaces: ReadonlySet<string>): NodesAndEdges {
  const own = new Set(nodes.flatMap(({ key, namespace }) => (namespace !== undefined && namespaces.has(namespace) ? [key] : [])));
  const kept = edges.filter(({ from, to }) => own.has(from) || own.has(to));
  const met = new Set([...own, ...kept.flatMap(({ from, to }) => [from, to])]);
  return { nodes: nodes.filter(({ key }) => met.has(key)), edges: kept };
}

function byNamespace({ nodes, edges }: NodesAndEdges): NodesAndEdges {
  const place = new Map(nodes.map((node) => [node.key, node.namespace === undefined ? node : namespaceNode(node.namespace)]));
  const keyOf = (key: string) => place.get(key)?.key ?? key;
  const moved = edges.map((edge) => ({ ...edge, from: keyOf(edge.from), to: keyOf(edge.to) }));
  return {
    nodes: [...new Map([...place.values()].map((node) => [node.key, node])).values()],
    edges: joinedEdges(moved.filter(({ from, to }) => from !== to)),
  };
}

function namespaceNode(name: string): KeyedNode {
  return { key: `1 ${name}`, kind: 'namespace', label: name };
}
