import type { Drawing, DrawnPart } from '../../adapters/graphviz/layout.ts';
import type { Point, Shape } from '../../adapters/graphviz/shapes.ts';
import type { EdgeKind } from '../../core/graph/graph.ts';
import { printable } from '../../core/printable.ts';
import { EDGE_WORDS, legendOf, type Picture } from './picture.ts';
import { SVG_STYLE } from './svg-style.ts';
import { element, type Markup, xmlDocument } from './xml.ts';

const MARGIN = 16;
const LEGEND_LINE = 20;
/** A sample of the line, and the longest of the words. */
const LEGEND_WIDTH = 300;

/** The drawing as SVG, which a browser shows by itself: no script, no link, no font from elsewhere. What the mouse rests on says its name. Ends with a newline. */
export function graphSvg(picture: Picture, { width, height, parts }: Drawing): string {
  const legend = legendOf(picture.graph);
  const size = {
    width: rounded(Math.max(width, legend.length === 0 ? 0 : LEGEND_WIDTH) + 2 * MARGIN),
    height: rounded(height + legend.length * LEGEND_LINE + 2 * MARGIN),
  };
  const view = `${-MARGIN} ${-MARGIN} ${size.width} ${size.height}`;
  const hint = hinter(picture);
  return xmlDocument(
    element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size, viewBox: view, role: 'img' }, [
      element('title', {}, [printable(picture.title)]),
      element('style', {}, [SVG_STYLE]),
      element('rect', { class: 'paper', x: -MARGIN, y: -MARGIN, ...size }, []),
      ...parts.map((part) => partMarkup(part, hint(part))),
      ...legend.map((kind, index) => legendMarkup(kind, rounded(height + (index + 1) * LEGEND_LINE))),
    ]),
  );
}

/** What to say of an edge: who, to whom, which ports. Names stand beside the rest already. */
function hinter({ graph }: Picture): (part: DrawnPart) => string[] {
  const names = new Map(graph.nodes.map(({ id, namespace, label }) => [id, namespace === undefined ? label : `${namespace}/${label}`]));
  const ports = new Map(graph.edges.map(({ from, to, kind, label }) => [`${from} ${to} ${kind}`, label]));
  return ({ role, names: ends, class: kind }) => {
    const label = ports.get([...ends, kind === '' ? 'permitted' : kind].join(' '));
    if (role !== 'edge' || label === undefined) return [];
    return [`${ends.map((id) => names.get(id) ?? id).join(' → ')}: ${label}${kindWords(kind)}`];
  };
}

function legendMarkup(kind: EdgeKind, y: number): Markup {
  return element('g', { class: `edge legend ${kind}` }, [
    element('path', { d: `M0,${y - 4}H48` }, []),
    element('text', { x: 60, y }, [EDGE_WORDS[kind]]),
  ]);
}

function kindWords(kind: string): string {
  return kind === 'widened' || kind === 'open' ? ` (${EDGE_WORDS[kind]})` : '';
}

function partMarkup({ role, class: kind, shapes }: DrawnPart, hints: readonly string[]): Markup {
  return element('g', { class: kind === '' ? role : `${role} ${kind}` }, [
    ...hints.map((hint) => element('title', {}, [printable(hint)])),
    ...shapes.map(shapeMarkup),
  ]);
}

function shapeMarkup(shape: Shape): Markup {
  switch (shape.kind) {
    case 'polygon':
      return element('polygon', { ...(shape.filled ? { class: 'filled' } : {}), points: shape.points.map(pair).join(' ') }, []);
    case 'line':
      return element('polyline', { points: shape.points.map(pair).join(' ') }, []);
    case 'curve': {
      const [start = [0, 0], ...rest] = shape.points;
      return element('path', { d: `M${pair(start)}C${rest.map(pair).join(' ')}` }, []);
    }
    case 'ellipse': {
      const [[cx, cy], [rx, ry]] = [shape.center, shape.radii];
      return element('ellipse', { cx: rounded(cx), cy: rounded(cy), rx: rounded(rx), ry: rounded(ry) }, []);
    }
    case 'text':
      return element('text', { x: rounded(shape.at[0]), y: rounded(shape.at[1]) }, [shape.text]);
  }
}

function pair([x, y]: Point): string {
  return `${rounded(x)},${rounded(y)}`;
}

/** Hundredths of a point are finer than anybody sees. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
