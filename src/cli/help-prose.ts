import { wrapWords } from './output/fit.ts';

/** What commander takes as the width where nothing is a terminal. */
const DEFAULT_COLUMNS = 80;

/** Lines one below the other that are neither empty nor indented. */
const PARAGRAPH = /^[^\s].*(?:\n[^\s].*)*/gm;

/** The prose of a help text in lines that fit: commander wraps only what it writes itself. Options and examples are indented, and stay. */
export function fitProse(text: string, columns = DEFAULT_COLUMNS): string {
  return text.replaceAll(PARAGRAPH, (paragraph) => {
    const fits = paragraph.split('\n').every((line) => line.length <= columns);
    return fits ? paragraph : wrapWords(paragraph.replaceAll('\n', ' '), columns).join('\n');
  });
}
