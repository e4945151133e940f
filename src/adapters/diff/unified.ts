import { createTwoFilesPatch } from 'diff';

/** Two texts and by which names they are known; an empty text is a file that is not there. */
export interface Compared {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** The unified diff of two texts, as `diff -u` prints it; empty where they are the same. */
export function unifiedDiff({ name, before, after }: Compared): string {
  if (before === after) return '';
  const [old, now] = [before === '' ? '/dev/null' : `a/${name}`, after === '' ? '/dev/null' : `b/${name}`];
  const patch = createTwoFilesPatch(old, now, before, after, undefined, undefined, { context: 3 });
  return patch.replace(/^=+\n/, '');
}
