import type { EdgeKind, GraphNode } from '../../core/graph/graph.ts';
import { printable } from '../../core/printable.ts';
import { byNamespace, EDGE_WORDS, legendOf, type Picture } from './picture.ts';

/** A line of its own for each kind, whatever the theme of the page. */
const ARROW: Readonly<Record<EdgeKind, (label: string) => string>> = {
  permitted: (label) => `-->|${label}|`,
  widened: (label) => `-.->|${label}|`,
  open: (label) => `-.->|${label}|`,
};

const COLOR: Readonly<Record<Exclude<EdgeKind, 'permitted'>, string>> = { widened: '#d1242f', open: '#9a6700' };

/** The graph as a Mermaid flowchart, which Markdown pages draw: one subgraph a namespace, and a legend where edges differ. Ends with a newline. */
export function graphMermaid({ title, graph }: Picture): string {
  const groups = byNamespace(graph).flatMap(({ name, inside }, index) => [
    `  subgraph s${index}[${quoted(name)}]`,
    ...inside.map((node) => `    ${nodeLine(node)}`),
    '  end',
  ]);
  const outside = graph.nodes.filter(({ namespace }) => namespace === undefined).map((node) => `  ${nodeLine(node)}`);
  const arrows = graph.edges.map(({ from, to, kind, label }) => `  ${from} ${ARROW[kind](quoted(label))} ${to}`);
  const legend = legendOf(graph);
  const kinds = [...graph.edges.map(({ kind }) => kind), ...legend];
  const head = ['---', `title: ${JSON.stringify(printable(title))}`, '---', 'flowchart LR'];
  return `${[...head, ...groups, ...outside, ...arrows, ...legendLines(legend), ...linkStyles(kinds)].join('\n')}\n`;
}

function nodeLine({ id, kind, label }: GraphNode): string {
  return kind === 'outside' ? `${id}([${quoted(label)}])` : `${id}[${quoted(label)}]`;
}

function legendLines(kinds: readonly EdgeKind[]): string[] {
  if (kinds.length === 0) return [];
  const lines = kinds.map((kind, index) => `    a${index}(( )) ${ARROW[kind](quoted(EDGE_WORDS[kind]))} b${index}(( ))`);
  return ['  subgraph legend[Legend]', ...lines, '  end'];
}

/** Mermaid knows edges by their number in the order of the text. */
function linkStyles(kinds: readonly EdgeKind[]): string[] {
  return (['widened', 'open'] as const).flatMap((kind) => {
    const numbers = kinds.flatMap((one, index) => (one === kind ? [index] : []));
    return numbers.length === 0 ? [] : [`  linkStyle ${numbers.join(',')} stroke:${COLOR[kind]},color:${COLOR[kind]}`];
  });
}

/** Everything that could be markup becomes the number of its character, as Mermaid reads it. */
function quoted(text: string): string {
  return `"${printable(text).replaceAll(/[^A-Za-z0-9 ,./:=_-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;
}
