import type { Graph, GraphNode } from '../../core/graph.ts';
import { visible } from './fit.ts';

/** The graph for Graphviz: one cluster a namespace. Ends with a newline. */
export function graphDot({ nodes, edges }: Graph): string {
  const namespaces = [...new Set(nodes.flatMap(({ namespace }) => namespace ?? []))];
  const clusters = namespaces.flatMap((name, index) => [
    `  subgraph cluster_${index} {`,
    `    label=${quoted(name)};`,
    ...nodes.filter(({ namespace }) => namespace === name).map((node) => `    ${nodeLine(node)}`),
    '  }',
  ]);
  const outside = nodes.filter(({ namespace }) => namespace === undefined).map((node) => `  ${nodeLine(node)}`);
  const arrows = edges.map(({ from, to, label }) => `  ${from} -> ${to} [label=${quoted(label)}];`);
  return ['digraph portcullis {', '  rankdir=LR;', '  node [shape=box];', ...clusters, ...outside, ...arrows, '}', ''].join('\n');
}

function nodeLine({ id, namespace, label }: GraphNode): string {
  return `${id} [label=${quoted(label)}${namespace === undefined ? ', shape=ellipse' : ''}];`;
}

/** Graphviz reads escapes in labels, so that a backslash is doubled. */
function quoted(text: string): string {
  return `"${visible(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
