import type { EdgeKind, GraphNode } from '../../core/graph/graph.ts';
import { printable } from '../../core/printable.ts';
import { wrapWords } from './fit.ts';
import { byNamespace, EDGE_WORDS, legendOf, type Picture } from './picture.ts';

/** Longer labels go on in a further line. */
const LABEL = 40;

/** Colors that can be read on white and on black. The class is for style sheets of the SVG that Graphviz draws. */
const STYLE: Readonly<Record<EdgeKind, string>> = {
  permitted: '',
  widened: ', class="widened", style=dashed, color="#d1242f", fontcolor="#d1242f"',
  open: ', class="open", style=dotted, color="#9a6700", fontcolor="#9a6700"',
};

/** How a line of each kind looks, in words. */
const LINE: Readonly<Record<EdgeKind, string>> = { permitted: 'solid', widened: 'dashed, red', open: 'dotted, brown' };

const SHAPE: Readonly<Record<GraphNode['kind'], string>> = { pods: '', namespace: ', shape=folder', outside: ', shape=ellipse' };

/** The graph for Graphviz: one cluster a namespace, and a note where edges differ. Ends with a newline. */
export function graphDot(picture: Picture): string {
  return dotText(picture, legendLines(legendOf(picture.graph)));
}

/** The graph without its legend, for a layout that is drawn otherwise. */
export function bareDot(picture: Picture): string {
  return dotText(picture, []);
}

function dotText({ title, graph }: Picture, more: readonly string[]): string {
  const clusters = byNamespace(graph).flatMap(({ name, inside }, index) => [
    `  subgraph cluster_${index} {`,
    `    label=${quoted(name)};`,
    ...inside.map((node) => `    ${nodeLine(node)}`),
    '  }',
  ]);
  const outside = graph.nodes.filter(({ namespace }) => namespace === undefined).map((node) => `  ${nodeLine(node)}`);
  const arrows = graph.edges.map(({ from, to, kind, label }) => `  ${from} -> ${to} [label=${quoted(label)}${STYLE[kind]}];`);
  return `${[
    'digraph portcullis {',
    // newrank: without it Graphviz loses its way where clusters are connected in a circle.
    `  graph [label=${quoted(title)}, labelloc=t, rankdir=LR, newrank=true, fontname="Helvetica"];`,
    '  node [shape=box, margin="0.2,0.06", fontname="Helvetica"];',
    '  edge [fontname="Helvetica", fontsize=12];',
    ...clusters,
    ...outside,
    ...arrows,
    ...more,
    '}',
  ].join('\n')}\n`;
}

function nodeLine({ id, kind, label }: GraphNode): string {
  return `${id} [label=${quoted(label)}${SHAPE[kind]}];`;
}

/** A note beside the graph: edges to explain would be laid out among the others. */
function legendLines(kinds: readonly EdgeKind[]): string[] {
  const lines = kinds.map((kind) => `${LINE[kind]}: ${EDGE_WORDS[kind]}\\l`);
  return lines.length === 0 ? [] : [`  legend [shape=note, label="${lines.join('')}"];`];
}

/** Graphviz reads escapes and entities in labels, so that a backslash is doubled and an ampersand is written as one. */
function quoted(text: string): string {
  const escaped = (line: string) => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;');
  return `"${wrapWords(printable(text), LABEL).map(escaped).join('\\n')}"`;
}
