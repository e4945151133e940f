/**
 * Control characters (C0, DEL, C1), and the marks that reorder or hide text: bidirectional controls, zero-width characters, line and
 * paragraph separators.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
export const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE.source, 'g');

/**
 * The text with such characters as they would be written, `\u001b`: a name may come from anybody, and must neither steer the terminal of
 * who reads it nor forge a line. Names that Kubernetes permits stay as they are.
 */
export function printable(text: string): string {
  return UNPRINTABLE.test(text) ? text.replace(EACH_UNPRINTABLE, escaped) : text;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
