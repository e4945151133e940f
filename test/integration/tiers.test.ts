import { describe, expect, it } from 'vitest';
import { action, readFailures, type Step } from '../tiers/steps.ts';
import { runTiers, select, type Tier } from '../tiers/tier.ts';

const good = action('good', async () => 'fine');
const bad = action('bad', async () => {
  throw new Error('broken');
});
const counted: Step = {
  name: 'tests',
  run: async () => ({
    passed: 7,
    failed: 2,
    output: 'two of nine\n',
    note: '7 passed, 2 failed',
    failures: ['a.test.ts > one: 1 is not 2'],
  }),
};
const tier = (name: string, steps: readonly Step[], why?: string): Tier => ({ name, steps, whyNot: async () => why });

async function printed(tiers: readonly Tier[], must: boolean) {
  const lines: string[] = [];
  const total = await runTiers({ tiers, must }, (line) => lines.push(line.replace(/\d+\.\d s/, 'N s')));
  return { total, lines };
}

describe('the tiers of the tests', () => {
  it('go on after a failure, print its output, and close with the counts', async () => {
    expect(await printed([tier('one', [bad, counted, good])], false)).toEqual({
      total: { passed: 8, failed: 3 },
      lines: [
        'FAIL  bad (N s)',
        'Error: broken',
        'FAIL  tests (N s, 7 passed, 2 failed)',
        'two of nine',
        'ok    good (N s)',
        'failed: a.test.ts > one: 1 is not 2',
        '8 passed, 3 failed',
      ],
    });
  });

  it('skip what this machine cannot run, and say why at the end', async () => {
    expect(await printed([tier('one', [bad], 'Go is not installed'), tier('two', [good])], false)).toEqual({
      total: { passed: 1, failed: 0 },
      lines: ['ok    good (N s)', 'skipped: one tier, since Go is not installed', '1 passed, 0 failed'],
    });
  });

  it('fail for what this machine cannot run when it was asked for', async () => {
    expect(await printed([tier('one', [good], 'Go is not installed')], true)).toEqual({
      total: { passed: 0, failed: 1 },
      lines: ['FAIL  one tier cannot run: Go is not installed', '0 passed, 1 failed'],
    });
  });
});

describe('the report of the tests', () => {
  const test = (fullName: string, status: string, ...failureMessages: readonly string[]) => ({ fullName, status, failureMessages });
  it('tells of each test that failed, and of each file that did not load', () => {
    const testResults = [
      {
        name: 'a.test.ts',
        status: 'failed',
        assertionResults: [test('it holds', 'passed'), test('it fails', 'failed', 'Error: no\n at b')],
      },
      { name: 'b.test.ts', status: 'failed', message: 'SyntaxError: what\n at c', assertionResults: [] },
      { name: 'c.test.ts', status: 'passed', assertionResults: [test('it is fine', 'passed')] },
    ];
    expect(readFailures({ testResults })).toEqual(['a.test.ts > it fails: Error: no', 'b.test.ts: SyntaxError: what']);
  });

  it('tells of nothing where there is none', () => {
    expect(readFailures({})).toEqual([]);
  });
});

describe('PORTCULLIS_TIERS', () => {
  const one = tier('one', []);
  const two = tier('two', []);
  it.each([
    ['unset: what the machine can', undefined, { tiers: [one, two], must: false }],
    ['empty: the same', '', { tiers: [one, two], must: false }],
    ['all: each must run', 'all', { tiers: [one, two], must: true }],
    ['a name: only that, and it must run', 'two', { tiers: [two], must: true }],
  ])('%s', (_, wish, selection) => {
    expect(select([one, two], wish)).toEqual(selection);
  });

  it('refuses a name that is none', () => {
    expect(() => select([one, two], 'three')).toThrow('PORTCULLIS_TIERS is "three", not one of: all, one, two');
  });
});
