import type { Authority } from './authority.ts';
import type { ClusterFacts } from './pair/peers.ts';
import { formatRange } from './port.ts';
import { type End, endWords } from './preview/ends.ts';
import { openingsOf } from './preview/openings.ts';
import { formatSelector, selectsEverything } from './selector.ts';

/** Who may connect to whom, as a picture needs it: workloads by namespace, and who stands outside of them. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  /** `n0`, `n1`, ... in the order of the list: safe in every format, whatever the names. */
  readonly id: string;
  /** Absent: addresses, the API server, or anywhere. */
  readonly namespace?: string;
  readonly label: string;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** Every connection that the rules of a template permit, but for namespaces that are off. Sorted: the same template gives the same graph. */
export function connectionGraph(authority: Authority, facts: ClusterFacts): Graph {
  const judged = [...facts.namespaces].filter((name) => authority.namespace(name).mode !== 'off').sort();
  const openings = openingsOf(judged, authority, facts);
  const ends = new Map(openings.flatMap(({ from, to }) => [from, to]).map((end) => [keyOf(end), end]));
  const nodes = [...ends.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, end], index) => ({ key, node: { id: `n${index}`, ...words(end, facts) } }));
  const ids = new Map(nodes.map(({ key, node }) => [key, node.id]));
  const edges = new Map<string, { readonly from: string; readonly to: string; readonly ports: string[] }>();
  for (const { from, to, range } of openings) {
    const [one, other] = [ids.get(keyOf(from)) ?? '', ids.get(keyOf(to)) ?? ''];
    const edge = edges.get(`${one} ${other}`) ?? { from: one, to: other, ports: [] };
    edge.ports.push(formatRange(range));
    edges.set(`${one} ${other}`, edge);
  }
  return {
    nodes: nodes.map(({ node }) => node),
    edges: [...edges.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { from, to, ports }]) => ({ from, to, label: [...ports].sort().join(', ') })),
  };
}

function keyOf(end: End): string {
  return end.kind === 'pods' ? `1 ${end.namespace} ${formatSelector(end.pods)}` : `2 ${endWords(end)}`;
}

function words(end: End, { apiServer }: ClusterFacts): Omit<GraphNode, 'id'> {
  if (end.kind === 'pods') return { namespace: end.namespace, label: selectsEverything(end.pods) ? 'every pod' : formatSelector(end.pods) };
  const isApiServer = end.kind === 'block' && apiServer.some((address) => end.cidr === `${address}/${address.includes(':') ? 128 : 32}`);
  return { label: isApiServer ? `API server ${endWords(end)}` : endWords(end) };
}
