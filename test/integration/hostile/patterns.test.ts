import { describe, expect, it } from 'vitest';
import { type SourcePattern, sourcePatterns } from '../../support/source-patterns.ts';

/** Only the user's own command line reaches these, whose length the system bounds: he could harm nobody but himself. */
const TYPED_BY_THE_USER = ['adapters/files/pattern.ts', 'cli/explain-words.ts', 'cli/generate-files.ts', 'cli/scan-words.ts'];

/** What is repeated: a letter of each class that the expressions know, and those that stand in them. */
const LETTERS = [
  'a',
  'A',
  '0',
  ' ',
  '\t',
  '\n',
  '-',
  '.',
  '/',
  ':',
  ',',
  '_',
  '[',
  '{',
  '*',
  '=',
  '"',
  '<',
  '\u200b',
  '1-',
  'a.',
  'a,',
  '0:',
  ' a',
  'A ',
  '-a',
  'x\n',
];

/**
 * What is repeated, how often: each number is the smallest at which a kind of expression is caught, and at which the kinds of the numbers
 * after it still end: 2^26 steps, 400^3, 10,000^2. One that is linear takes some ten thousand at most.
 */
const TIMES = [26, 400, 10_000];

/**
 * Processor time in milliseconds: a quarter of what an expression takes here that is known to be slow, and far above that of any linear one on
 * so short a text. Machines differ by a factor of five.
 */
const MOST_MS = Math.min(...[1, 2, 3, 4].map(() => msOf(/a+x$/, 'a'.repeat(10_000)))) / 4;

/** Who puts an expression together, and of what. */
const MADE_IN = {
  'adapters/files/pattern.ts': 'the pattern of files that the user typed',
  'adapters/http/plain-text.ts': 'a literal, with a plus',
  'adapters/log/log.ts': 'a literal, but for some characters',
  'adapters/yaml/write.ts': 'a literal, for all places',
  'cli/help-name.ts': 'the names of the commands',
  'cli/plain-io.ts': 'literals, side by side',
  'core/pod-cgroup.ts': 'two literals, one after the other',
  'core/printable.ts': 'a literal, for all places',
  'core/socket-counts.ts': 'one of a few words',
  'core/template/names.ts': 'a literal, between its ends',
  'core/template/selector.ts': 'two literals, one after the other',
};

const { literals, madeIn } = sourcePatterns();

describe('the time of a regular expression grows with its text', () => {
  it('finds the expressions', () => {
    expect(literals.length).toBeGreaterThan(100);
  });

  it('and is right about some that are known', { timeout: 240_000 }, () => {
    const faultOf = (expression: RegExp) => slowText({ file: '', text: String(expression), expression });
    expect([/\s+$/, /^(a+)+$/, /a+x$/, /^a+$/, /^\s*\S/, /[a-z]{1,63}-/].map((one) => faultOf(one) !== undefined)).toEqual([
      ...[true, true, true],
      ...[false, false, false],
    ]);
  });

  const table = literals.filter(({ file }) => !TYPED_BY_THE_USER.includes(file));
  it.each(table.map((pattern) => [pattern.text, pattern.file, pattern] as const))(
    '%s in %s',
    { timeout: 240_000 },
    (_text, _file, pattern) => {
      expect(slowText(pattern)).toBeUndefined();
    },
  );
});

it('expressions are put together only where each part is a literal, or what the user typed', () => {
  expect(madeIn).toEqual(Object.keys(MADE_IN));
});

/** A text on which the expression takes too long; undefined: none was found. */
function slowText({ text, expression }: SourcePattern): string | undefined {
  for (const head of headsOf(text)) {
    for (const letter of LETTERS) {
      // The end is one that nothing expects.
      for (const times of TIMES) {
        const subject = `${head}${letter.repeat(times)}\0`;
        const isSlow = () => msOf(expression, subject) > MOST_MS;
        if (isSlow() && isSlow() && isSlow()) return `${JSON.stringify(head)}, then ${JSON.stringify(letter)} ${times} times`;
      }
    }
  }
  return undefined;
}

/** The beginnings that a text must have to get into the expression: runs of plain characters that stand in it. */
function headsOf(text: string): string[] {
  const runs =
    text
      .slice(1, text.lastIndexOf('/'))
      .replaceAll(/\\([^a-zA-Z0-9])/g, '$1')
      .match(/[A-Za-z0-9 :/"=<.{[-]{2,}/g) ?? [];
  return ['', ...[...new Set(runs)].slice(0, 3)];
}

function msOf(expression: RegExp, subject: string): number {
  const begun = process.cpuUsage();
  subject.replace(expression, '');
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}
