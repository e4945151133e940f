/** Control characters (C0, DEL, C1), and halves of characters, which are no text at all: no reader of any script misses them. */
export const CONTROL = /[\p{Cc}\p{Cs}]/u;

/** Marks that reorder or hide text (bidirectional controls, zero-width and ignorable characters), line and paragraph separators. */
export const MARK = /[\p{Cf}\p{DI}\p{Zl}\p{Zp}]/u;

/** Both. */
export const UNPRINTABLE = new RegExp(`${CONTROL.source}|${MARK.source}`, 'u');

const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE.source, 'gu');

/**
 * The text with such characters as they would be written, `\u001b`: a name may come from anybody, and must neither steer the terminal of
 * who reads it nor forge a line. Names that Kubernetes permits stay as they are.
 */
export function printable(text: string): string {
  return UNPRINTABLE.test(text) ? text.replace(EACH_UNPRINTABLE, escaped) : text;
}

/** As JSON writes it: a character beyond the first 65,536 is two halves. */
function escaped(character: string): string {
  return character
    .split('')
    .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
