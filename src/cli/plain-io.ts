import { CONTROL, printable, UNPRINTABLE } from '../core/printable.ts';
import type { Io } from './io.ts';
import { ERASE_LINE } from './progress.ts';

/** The codes of bold, dim, red, green and yellow, and of their ends: all that this program paints with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape code is what it looks for
const PAINT = /\u001b\[(?:1|2|22|31|32|33|39)m/;

/** Only where a line of progress is taken back does a text begin so: within a text, it would take back what is before it. */
const TAKEN_BACK = `^${ERASE_LINE.replace('[', '\\[')}`;

/** Line breaks and tabs are this program's own. No format that it prints has another such character raw. */
const OURS = '(?![\\n\\t])';
const CONTROLS = `${OURS}${CONTROL.source}`;

/** Marks that reorder or hide text as well: a person at a terminal must not be shown something else than is there. */
const CONTROLS_AND_MARKS = `${OURS}(?:${UNPRINTABLE.source})`;

/**
 * The same world, where nothing that comes from elsewhere drives the terminal, whoever forgot to mind it: control characters that the
 * program does not use itself are printed as they would be written. In a pipe the marks of other scripts stay in results, since they may be data.
 */
export function plainIo(io: Io): Io {
  const own = io.color ? [PAINT.source] : [];
  const out = filter(own, io.columns === undefined ? CONTROLS : CONTROLS_AND_MARKS);
  const err = filter([...own, ...(io.progress ? [TAKEN_BACK] : [])], CONTROLS_AND_MARKS);
  return { ...io, out: (text) => io.out(out(text)), err: (text) => io.err(err(text)) };
}

function filter(own: readonly string[], unsafe: string): (text: string) => string {
  const every = new RegExp([...own, `(${unsafe})`].join('|'), 'gu');
  return (text) => text.replace(every, (found, stranger?: string) => (stranger === undefined ? found : printable(stranger)));
}
