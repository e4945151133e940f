import { asList, asRecord, textOf } from '../../core/unknown.ts';
import { type Shape, shapesOf } from './shapes.ts';

/** A graph with a place for everything, in points from the upper left corner. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** In the order of drawing: the title, clusters, edges, nodes. */
  readonly parts: readonly DrawnPart[];
}

export interface DrawnPart {
  readonly role: 'title' | 'cluster' | 'node' | 'edge';
  /** Of a node or a cluster: its name in the DOT text. Of an edge: of both of its ends. */
  readonly names: readonly string[];
  /** The `class` of the DOT text; empty where it has none. */
  readonly class: string;
  readonly shapes: readonly Shape[];
}

/**
 * Lays out a graph in DOT with the Graphviz that comes with the package, compiled to WebAssembly: no program and no network is needed, and the
 * same text gives the same places. Throws where Graphviz refuses the text.
 */
export async function layOut(dot: string): Promise<Drawing> {
  const { instance } = await import('@viz-js/viz');
  const { output, errors } = (await instance()).render(dot, { format: 'json', yInvert: true });
  if (output === undefined) throw new Error(`Graphviz: ${errors.map(({ message }) => message).join('; ')}`);
  return drawingOf(asRecord(JSON.parse(output)));
}

/** https://graphviz.org/docs/outputs/json/ */
function drawingOf(graph: Readonly<Record<string, unknown>>): Drawing {
  const [left = 0, bottom = 0, right = 0, top = 0] = textOf(graph.bb).split(',').map(Number);
  const objects = asList(graph.objects).map(asRecord);
  const named = objects.map(({ name }) => textOf(name));
  const nameAt = (index: unknown) => (typeof index === 'number' ? (named[index] ?? '') : '');
  const ofObjects = objects.map((object): DrawnPart => {
    const name = textOf(object.name);
    return { role: name.startsWith('cluster_') ? 'cluster' : 'node', names: [name], class: textOf(object.class), shapes: shapesOf(object) };
  });
  const edges = asList(graph.edges).map((value): DrawnPart => {
    const edge = asRecord(value);
    return { role: 'edge', names: [nameAt(edge.tail), nameAt(edge.head)], class: textOf(edge.class), shapes: shapesOf(edge) };
  });
  const title = shapesOf(graph).filter(({ kind }) => kind === 'text');
  return {
    width: right - left,
    height: Math.abs(top - bottom),
    parts: [
      { role: 'title', names: [], class: '', shapes: title },
      ...ofObjects.filter(({ role }) => role === 'cluster'),
      ...edges,
      ...ofObjects.filter(({ role }) => role === 'node'),
    ],
  };
}
