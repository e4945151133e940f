import type { Place } from '../../core/document.ts';

/** Where an offset of the text stands, for a person: line and column from 1. */
export type PlaceOf = (offset: number) => Place;

/** Reads the line ends of the text once. Offsets are mostly asked in order, so the last line is looked at first. */
export function makePlaceOf(document: string, text: string): PlaceOf {
  const starts = lineStarts(text);
  let last = 0;
  return (offset) => {
    if (!isOnLine(starts, last, offset)) last = isOnLine(starts, last + 1, offset) ? last + 1 : findLine(starts, offset);
    return { document, line: last + 1, column: offset - (starts[last] ?? 0) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  const breaks = /\r\n|\n|\r/g;
  while (breaks.exec(text) !== null) starts.push(breaks.lastIndex);
  return starts;
}

function isOnLine(starts: readonly number[], line: number, offset: number): boolean {
  const start = starts[line];
  return start !== undefined && start <= offset && offset < (starts[line + 1] ?? Number.POSITIVE_INFINITY);
}

function findLine(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
