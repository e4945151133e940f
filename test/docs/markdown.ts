import { readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** The text of a file of the project, by its path from the root. */
export function readDocument(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** What stands under the heading of level two, up to the next one. Throws where there is none: a renamed section must not pass unseen. */
export function sectionOf(text: string, heading: string): string {
  const found = `\n${text}`.split('\n## ').find((section) => section.startsWith(`${heading}\n`));
  if (found === undefined) throw new Error(`there is no section ${heading}`);
  return found;
}

/** The contents of the fenced blocks, in order. */
export function fencedBlocks(text: string): string[] {
  return [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map((block) => block[1] ?? '');
}

/** The rows of the tables below their heads, as trimmed cells. */
export function tableRows(text: string): string[][] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  const isRule = (row: string | undefined) => row !== undefined && /^\|[-| ]+\|$/.test(row);
  return rows
    .filter((row, index) => !isRule(row) && !isRule(rows[index + 1]))
    .map((row) =>
      row
        .slice(1, row.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The texts between backticks. */
export function codeWords(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((word) => word[1] ?? '');
}
