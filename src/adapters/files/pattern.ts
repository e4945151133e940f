import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a pattern matched. */
export interface Match {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Whether the path is a pattern that a shell left to us, since it was quoted or the shell knows no `**`. */
export function isPattern(path: string): boolean {
  return /[*?[{]/.test(path);
}

/**
 * The files and folders that match, sorted: `*` and `?` within a name, `**` any number of folders, `[a-c]`, `[!a]` and `{a,b}`. As in a
 * shell, names that begin with a dot are matched only by a dot. Node's own `glob` is younger than the oldest Node that we run on.
 */
export async function expandPattern(pattern: string): Promise<Match[]> {
  const matches = new Map<string, Match>();
  for (const one of expandBraces(pattern)) {
    const isAbsolute = one.startsWith('/');
    for (const match of await matchSteps(
      isAbsolute ? '/' : '',
      one.split('/').filter((step) => step !== ''),
    ))
      matches.set(match.name, match);
  }
  return [...matches.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function matchSteps(folder: string, [step, ...rest]: readonly string[]): Promise<Match[]> {
  if (step === undefined) return [];
  if (step === '**') {
    const here = await matchSteps(folder, rest.length === 0 ? ['*'] : rest);
    const below = await Promise.all(
      (await entriesOf(folder)).filter(isVisibleFolder).map(({ name }) => matchSteps(join(folder, name), [step, ...rest])),
    );
    return [...here, ...below.flat()];
  }
  if (step === '.' || step === '..') return matchSteps(join(folder, step), rest);
  const matcher = stepMatcher(step);
  const entries = (await entriesOf(folder)).filter(({ name }) => matcher.test(name));
  if (rest.length === 0) return entries.map((entry) => ({ name: join(folder, entry.name), isFolder: entry.isDirectory() }));
  const below = await Promise.all(entries.map(({ name }) => matchSteps(join(folder, name), rest)));
  return below.flat();
}

/** A folder that cannot be listed matches nothing: the pattern as a whole is reported where it finds no file. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder === '' ? '.' : folder, { withFileTypes: true }).catch(() => []);
}

function isVisibleFolder(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.');
}

function stepMatcher(step: string): RegExp {
  const source = step.replaceAll(
    /\[(!|\^)?([^\]]+)\]|\*+|\?|[\\^$.|+(){}[\]]/g,
    (found, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not === undefined ? '' : '^'}${set.replaceAll(/[\\\]^]/g, '\\$&')}]`;
      if (found.startsWith('*')) return '[^/]*';
      return found === '?' ? '[^/]' : `\\${found}`;
    },
  );
  return new RegExp(`^${step.startsWith('.') ? '' : '(?!\\.)'}${source}$`);
}

function expandBraces(pattern: string): string[] {
  const group = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (group === null) return [pattern];
  const [whole, words = ''] = group;
  const [before, after] = [pattern.slice(0, group.index), pattern.slice(group.index + whole.length)];
  return words.split(',').flatMap((word) => expandBraces(`${before}${word}${after}`));
}
