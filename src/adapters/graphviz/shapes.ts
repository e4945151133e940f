import { asList, asRecord, textOf } from '../../core/unknown.ts';

/** What is drawn, in points. */
export type Shape =
  | { readonly kind: 'polygon' | 'line' | 'curve'; readonly points: readonly Point[]; readonly filled: boolean }
  | { readonly kind: 'ellipse'; readonly center: Point; readonly radii: Point }
  | { readonly kind: 'text'; readonly at: Point; readonly text: string };

export type Point = readonly [x: number, y: number];

/** Where Graphviz keeps what it draws of an object: the object itself, its arrowhead, its label. */
const DRAWN = ['_draw_', '_hdraw_', '_ldraw_'] as const;

/** The shapes of an object in Graphviz's JSON. Colors and fonts are left to the style sheet. */
export function shapesOf(object: Readonly<Record<string, unknown>>): Shape[] {
  return DRAWN.flatMap((key) => asList(object[key]).map(asRecord)).flatMap(shapeOf);
}

/** https://graphviz.org/docs/outputs/canon/#xdot: a capital letter draws filled. */
function shapeOf({ op, points, rect, pt, text }: Readonly<Record<string, unknown>>): Shape[] {
  switch (op) {
    case 'p':
    case 'P':
      return [{ kind: 'polygon', points: asList(points).map(pointOf), filled: op === 'P' }];
    case 'L':
      return [{ kind: 'line', points: asList(points).map(pointOf), filled: false }];
    case 'b':
    case 'B':
      return [{ kind: 'curve', points: asList(points).map(pointOf), filled: false }];
    case 'e':
    case 'E': {
      const [x, y, width, height] = asList(rect);
      return [{ kind: 'ellipse', center: pointOf([x, y]), radii: pointOf([width, height]) }];
    }
    case 'T':
      // Its JSON has each backslash of a text twice; its own SVG, of the same text, once.
      return [{ kind: 'text', at: pointOf(pt), text: textOf(text).replaceAll('\\\\', '\\') }];
    default:
      return [];
  }
}

function pointOf(value: unknown): Point {
  const [x, y] = asList(value);
  return [numberOf(x), numberOf(y)];
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
