import { printable } from '../core/printable.ts';
import { colors } from './color.ts';
import type { Io } from './io.ts';

/** How wide the terminal is; absent: nobody's, and nothing is wrapped. */
export type Paper = Pick<Io, 'color'> & { readonly columns?: number | undefined };

/** One line of an answer: a word that says what it is about, and the text behind it. */
export interface Labeled {
  readonly label: string;
  readonly text: string;
  /** Lines of a template: printed as they are, below one another. */
  readonly lines?: readonly string[];
}

const VERDICT_WIDTH = 12;
const LABEL_WIDTH = 10;
const NARROWEST = 40;

/** `permitted   web/front -> shop/api 8080/TCP`: the first line, with its verdict in color. */
export function headline(verdict: string, what: string, paper: Paper): string {
  const { green, red, yellow, bold } = colors(paper);
  const paint = { permitted: green, refused: red, audit: yellow }[verdict] ?? bold;
  const [first = '', ...more] = wrapped(printable(what), VERDICT_WIDTH, paper);
  return [`${paint(verdict)}${' '.repeat(Math.max(1, VERDICT_WIDTH - verdict.length))}${first}`, ...more].join('\n');
}

/** The lines below it, each text wrapped under its own beginning. */
export function labeledLines(rows: readonly Labeled[], paper: Paper): string[] {
  const { dim } = colors(paper);
  return rows.flatMap(({ label, text, lines = [] }) => {
    const indent = 2 + LABEL_WIDTH;
    const [first = '', ...more] = wrapped(printable(text), indent, paper);
    return [`  ${dim(label.padEnd(LABEL_WIDTH))}${first}`, ...more, ...lines.map((line) => `${' '.repeat(indent)}  ${printable(line)}`)];
  });
}

/** Words are never cut: the lines but the first are indented. */
function wrapped(text: string, indent: number, { columns }: Paper): string[] {
  if (columns === undefined || indent + text.length <= columns) return [text];
  const room = Math.max(NARROWEST, columns - indent);
  const lines: string[] = [];
  let line = '';
  // Two or more spaces are a column of their own: they go with the word behind them.
  for (const word of text.trimEnd().split(/(?<=\S)(?=\s)/)) {
    if (line !== '' && line.length + word.length > room) {
      lines.push(line);
      line = `  ${word.trimStart()}`;
    } else {
      line += word;
    }
  }
  return [...lines, line].map((one, index) => (index === 0 ? one : `${' '.repeat(indent)}${one}`));
}
