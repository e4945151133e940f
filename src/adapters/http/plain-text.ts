import { UNPRINTABLE } from '../../core/printable.ts';

/** In an answer a run of them is a space: what names bring along is written out before, so that these come from elsewhere. */
const RUNS = new RegExp(`(?:${UNPRINTABLE.source})+`, 'gu');

/** One line without blanks at its ends: every run of control characters becomes a space. */
export function oneLine(text: string): string {
  return (UNPRINTABLE.test(text) ? text.replace(RUNS, ' ') : text).trim();
}

/** As `oneLine`, but line breaks stay: for a message of several lines. */
export function plainLines(text: string): string {
  if (!UNPRINTABLE.test(text)) return text;
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(RUNS, ' ').trimEnd())
    .join('\n');
}

/** The text, cut to this many runes (code points, as Go counts them) with `…` at the end where something was cut. */
export function cutRunes(text: string, runes: number): string {
  if (text.length <= runes) return text;
  const points = [...text];
  return points.length <= runes ? text : `${points.slice(0, runes - 1).join('')}…`;
}

/** The number of code points. */
export function countRunes(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
