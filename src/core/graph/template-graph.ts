import type { Authority } from '../authority.ts';
import type { ClusterFacts } from '../pair/peers.ts';
import { distinctRanges, formatRange, type PortRange } from '../port.ts';
import { type End, endWords } from '../preview/ends.ts';
import { openingsOf } from '../preview/openings.ts';
import { formatSelector, selectsEverything } from '../selector.ts';
import { type Graph, type KeyedNode, numbered } from './graph.ts';

/** Every connection that the rules of a template permit, but for namespaces that are off. The same template gives the same graph. */
export function connectionGraph(authority: Authority, facts: ClusterFacts): Graph {
  const judged = [...facts.namespaces].filter((name) => authority.namespace(name).mode !== 'off').sort();
  const openings = openingsOf(judged, authority, facts);
  const nodes = new Map(openings.flatMap(({ from, to }) => [from, to]).map((end) => [keyOf(end), nodeOf(end, facts)]));
  const edges = new Map<string, { readonly from: string; readonly to: string; readonly ports: PortRange[] }>();
  for (const { from, to, range } of openings) {
    const ends = { from: keyOf(from), to: keyOf(to) };
    const edge = edges.get(JSON.stringify(ends)) ?? { ...ends, ports: [] };
    edge.ports.push(range);
    edges.set(JSON.stringify(ends), edge);
  }
  return numbered(
    [...nodes.values()],
    [...edges.values()].map(({ ports, ...ends }) => ({
      ...ends,
      kind: 'permitted',
      label: distinctRanges(ports).map(formatRange).join(', '),
    })),
  );
}

function keyOf(end: End): string {
  return end.kind === 'pods' ? `1 ${end.namespace} ${formatSelector(end.pods)}` : `2 ${endWords(end)}`;
}

function nodeOf(end: End, { apiServer }: ClusterFacts): KeyedNode {
  if (end.kind === 'pods') {
    const label = selectsEverything(end.pods) ? 'every pod' : formatSelector(end.pods);
    return { key: keyOf(end), kind: 'pods', namespace: end.namespace, label };
  }
  const isApiServer = end.kind === 'block' && apiServer.some((address) => end.cidr === `${address}/${address.includes(':') ? 128 : 32}`);
  return { key: keyOf(end), kind: 'outside', label: isApiServer ? `API server ${endWords(end)}` : endWords(end) };
}
