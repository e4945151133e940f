import { CommandError, EXIT } from './exit-code.ts';
import { bareDot, graphDot } from './output/dot.ts';
import { graphMermaid } from './output/mermaid.ts';
import type { Picture } from './output/picture.ts';

/** The formats of `-o` that draw a graph. */
export const DRAWN_FORMATS = ['dot', 'mermaid', 'svg'] as const;
export type DrawnFormat = (typeof DRAWN_FORMATS)[number];

export function isDrawn(format: string): format is DrawnFormat {
  return DRAWN_FORMATS.some((one) => one === format);
}

/** The picture as one text. SVG needs a layout, whose package no other format pays for. */
export async function draw(picture: Picture, format: DrawnFormat): Promise<string> {
  if (format === 'dot') return graphDot(picture);
  if (format === 'mermaid') return graphMermaid(picture);
  const [{ layOut }, { graphSvg }] = await Promise.all([import('../adapters/graphviz/layout.ts'), import('./output/svg.ts')]);
  try {
    return graphSvg(picture, await layOut(bareDot(picture)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.failed, `the graph cannot be laid out (${reason}); -o dot prints it for Graphviz`);
  }
}
