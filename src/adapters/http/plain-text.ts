/**
 * Control characters (C0, DEL, C1) and the marks that reorder or hide text (bidirectional controls, zero-width, line and paragraph
 * separators): a name in an object must not drive the terminal of the person who reads the answer, nor forge a line of it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const UNSAFE_RUNS = new RegExp(`${UNSAFE.source}+`, 'g');

/** One line without blanks at its ends: every run of control characters becomes a space. */
export function oneLine(text: string): string {
  return (UNSAFE.test(text) ? text.replace(UNSAFE_RUNS, ' ') : text).trim();
}

/** As `oneLine`, but line breaks stay: for a message of several lines. */
export function plainLines(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(UNSAFE_RUNS, ' ').trimEnd())
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
