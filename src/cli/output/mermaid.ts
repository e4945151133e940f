import type { Graph, GraphNode } from '../../core/graph.ts';
import { visible } from './fit.ts';

/** The graph as a Mermaid flowchart, which Markdown pages draw: one subgraph a namespace. Ends with a newline. */
export function graphMermaid({ nodes, edges }: Graph): string {
  const namespaces = [...new Set(nodes.flatMap(({ namespace }) => namespace ?? []))];
  const groups = namespaces.flatMap((name, index) => [
    `  subgraph s${index}[${quoted(name)}]`,
    ...nodes.filter(({ namespace }) => namespace === name).map((node) => `    ${nodeLine(node)}`),
    '  end',
  ]);
  const outside = nodes.filter(({ namespace }) => namespace === undefined).map((node) => `  ${nodeLine(node)}`);
  const arrows = edges.map(({ from, to, label }) => `  ${from} -->|${quoted(label)}| ${to}`);
  return ['flowchart LR', ...groups, ...outside, ...arrows, ''].join('\n');
}

function nodeLine({ id, namespace, label }: GraphNode): string {
  return namespace === undefined ? `${id}([${quoted(label)}])` : `${id}[${quoted(label)}]`;
}

/** Everything that could be markup becomes the number of its character, as Mermaid reads it. */
function quoted(text: string): string {
  return `"${visible(text).replaceAll(/[^A-Za-z0-9 ,./:=_-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;
}
