import { stripVTControlCharacters } from 'node:util';

/** A column of a table that may have to fit a terminal. */
export interface Column {
  readonly header: string;
  /** A column of names may be shortened in the middle down to so many characters (never below its header). */
  readonly shortest?: number;
  /** A column that may be left out where shortening does not suffice; the lowest number first. */
  readonly leaveOut?: number;
}

/** What fits, and what had to go. */
export interface Fitted {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Spaces between two columns. */
  readonly gap: number;
  /** The headers of the columns that were left out. */
  readonly left: readonly string[];
}

const GAP = 3;
const NARROW_GAP = 2;

/**
 * Fits a table into `width` characters: columns move closer, then names are shortened in the middle, the longest first, then columns are
 * left out and named. Without a width (a pipe) everything stays whole.
 */
export function fitColumns(columns: readonly Column[], rows: readonly (readonly string[])[], width: number | undefined): Fitted {
  const widths = columns.map(({ header }, index) => Math.max(lengthOf(header), ...rows.map((row) => lengthOf(row[index] ?? ''))));
  const whole = { header: columns.map(({ header }) => header), rows, left: [] };
  if (width === undefined || total(widths, GAP) <= width) return { ...whole, gap: GAP };
  const shown = new Set(columns.keys());
  for (;;) {
    const kept = [...shown];
    const fitted = shrink(
      kept.map((index) => widths[index] ?? 0),
      kept.map((index) => shortestOf(columns[index], widths[index] ?? 0)),
      width,
    );
    const next = kept.filter((index) => columns[index]?.leaveOut !== undefined).sort((a, b) => rank(columns[a]) - rank(columns[b]))[0];
    if (fitted !== undefined || next === undefined) {
      const limits = fitted ?? kept.map((index) => shortestOf(columns[index], widths[index] ?? 0));
      return {
        header: kept.map((index) => columns[index]?.header ?? ''),
        rows: rows.map((row) => kept.map((index, at) => shorten(row[index] ?? '', limits[at] ?? 0))),
        gap: NARROW_GAP,
        left: columns.flatMap(({ header }, index) => (shown.has(index) ? [] : [header])),
      };
    }
    shown.delete(next);
  }
}

/** Takes from the widest until all fit; undefined where they cannot. */
function shrink(widths: readonly number[], shortest: readonly number[], width: number): readonly number[] | undefined {
  const now = [...widths];
  while (total(now, NARROW_GAP) > width) {
    const spare = now.map((one, index) => (one > (shortest[index] ?? one) ? one : 0));
    const widest = Math.max(...spare);
    if (widest === 0) return undefined;
    now[spare.indexOf(widest)] = widest - 1;
  }
  return now;
}

function shortestOf(column: Column | undefined, width: number): number {
  return column?.shortest === undefined ? width : Math.min(width, Math.max(column.shortest, lengthOf(column.header)));
}

function rank(column: Column | undefined): number {
  return column?.leaveOut ?? 0;
}

function total(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, one) => sum + one, 0) + gap * (widths.length - 1);
}

/** Both ends of a name tell more than its middle. */
function shorten(text: string, width: number): string {
  if (lengthOf(text) <= width) return text;
  const letters = [...text];
  const tail = Math.floor((width - 1) / 2);
  return `${letters.slice(0, width - 1 - tail).join('')}…${tail === 0 ? '' : letters.slice(-tail).join('')}`;
}

/** As it is seen: colors take no room. */
function lengthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
