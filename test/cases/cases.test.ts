import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCases } from './case-folder.ts';
import { runCase } from './run-case.ts';

const cases = readCases(fileURLToPath(new URL('../fixtures/cases/', import.meta.url)));

describe('the cases from public bug reports', () => {
  it('are all there', () => expect(cases).toHaveLength(26));

  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    expect(await runCase(one)).toEqual([]);
  });
});
