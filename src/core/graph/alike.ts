import { grouped } from '../grouped.ts';
import type { KeyedNode } from './graph.ts';
import { joinedEdges, type PortEdge } from './port-edge.ts';
import { portSetWords } from './port-set.ts';

export interface NodesAndEdges {
  readonly nodes: readonly KeyedNode[];
  readonly edges: readonly PortEdge[];
}

/** How many names a node has before the rest is counted. */
const NAMED = 3;

/**
 * One node for nodes of the same place that have exactly the same connections, so that no connection is drawn that one of them has not.
 * Nodes outside stay as they are.
 */
export function collapseAlike({ nodes, edges }: NodesAndEdges): NodesAndEdges {
  const signatures = signaturesOf(edges);
  const groups = grouped(nodes, ({ key, kind, namespace }) =>
    kind === 'outside' ? key : JSON.stringify([kind, namespace, (signatures.get(key) ?? []).sort()]),
  );
  const keys = new Map<string, string>();
  const collapsed = [...groups.values()].map((alike) => {
    const sorted = [...alike].sort((a, b) => (a.key < b.key ? -1 : 1));
    const [first] = sorted;
    for (const { key } of sorted) keys.set(key, first?.key ?? key);
    return first === undefined ? [] : [{ ...first, label: namesOf(sorted.map(({ label }) => label)) }];
  });
  const moved = edges.map((edge) => ({ ...edge, from: keys.get(edge.from) ?? edge.from, to: keys.get(edge.to) ?? edge.to }));
  return { nodes: collapsed.flat(), edges: joinedEdges(moved) };
}

/** `api, db, web and 4 more`. */
function namesOf(labels: readonly string[]): string {
  const shown = labels.slice(0, labels.length === NAMED + 1 ? NAMED + 1 : NAMED);
  const more = labels.length - shown.length;
  return `${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

/** The connections of each node. */
function signaturesOf(edges: readonly PortEdge[]): Map<string, string[]> {
  const signatures = new Map<string, string[]>();
  const add = (key: string, line: string) => {
    const lines = signatures.get(key);
    if (lines === undefined) signatures.set(key, [line]);
    else lines.push(line);
  };
  for (const { from, to, kind, ports } of edges) {
    const words = `${kind} ${portSetWords(ports)}`;
    add(from, JSON.stringify(['to', to, words]));
    add(to, JSON.stringify(['from', from, words]));
  }
  return signatures;
}
