import { printable } from '../core/printable.ts';
import type { Io } from './io.ts';
import { ERASE_LINE } from './progress.ts';

/** The codes of bold, dim, red, green and yellow, and of their ends: all that this program paints with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape code is what it looks for
const PAINT = /\u001b\[(?:1|2|22|31|32|33|39)m/;

/** No format that this program prints has such a character raw. Line breaks and tabs are its own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** The same and the marks that reorder or hide text: a person at a terminal must not be shown something else than is there. */
const CONTROLS_AND_MARKS = new RegExp(`${CONTROLS.source}|[\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]`);

/**
 * The same world, where nothing that comes from elsewhere drives the terminal, whoever forgot to mind it: control characters that the
 * program does not use itself are printed as they would be written. In a pipe the marks of other scripts stay in results, since they may be data.
 */
export function plainIo(io: Io): Io {
  const own = io.color ? [PAINT.source] : [];
  const out = filter(own, io.columns === undefined ? CONTROLS : CONTROLS_AND_MARKS);
  const err = filter([...own, ...(io.progress ? [ERASE_LINE.replace('[', '\\[')] : [])], CONTROLS_AND_MARKS);
  return { ...io, out: (text) => io.out(out(text)), err: (text) => io.err(err(text)) };
}

function filter(own: readonly string[], unsafe: RegExp): (text: string) => string {
  const every = new RegExp([...own, unsafe.source].join('|'), 'g');
  return (text) => text.replace(every, (found) => (found.length > 1 ? found : printable(found)));
}
