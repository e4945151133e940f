/** A cell, and how it is painted; the paint takes no room. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = '   ';

/**
 * Columns as kubectl prints them: a header, no lines, three spaces between. In one pass, since a check of a whole fleet has thousands of rows. Ends with a newline.
 */
export function columns(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const all = [header.map((text): Cell => ({ text })), ...rows];
  const widths = header.map((_, column) => all.reduce((width, row) => Math.max(width, row[column]?.text.length ?? 0), 0));
  return all.map((row) => `${line(row, widths)}\n`).join('');
}

function line(cells: readonly Cell[], widths: readonly number[]): string {
  return cells
    .map(({ text, paint }, column) => (paint === undefined ? text : paint(text)) + ' '.repeat((widths[column] ?? 0) - text.length))
    .join(GAP)
    .trimEnd();
}
