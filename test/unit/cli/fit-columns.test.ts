import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, fitColumns } from '../../../src/cli/fit-columns.ts';

const COLUMNS: readonly Column[] = [
  { header: 'NAME', shortest: 6 },
  { header: 'PORT' },
  { header: 'EXTRA', leaveOut: 1 },
  { header: 'MORE', shortest: 5, leaveOut: 2 },
];
const ROW = ['a-long-name-of-a-pod', '8080/TCP', 'something', 'in-another-name'];

describe('the columns of a table', () => {
  const table: Record<string, [number | undefined, readonly string[], readonly string[]]> = {
    'stay whole in a pipe': [undefined, ROW, []],
    'stay whole where they fit': [61, ROW, []],
    'move closer first': [60, ROW, []],
    'are shortened in the middle of names, the longest first': [50, ['a-long…-a-pod', '8080/TCP', 'something', 'in-anot…r-name'], []],
    'are left out where the shortest names do not suffice': [29, ['a-lo…pod', '8080/TCP', 'in-a…name'], ['EXTRA']],
    'are left out one after the other': [20, ['a-lon…-pod', '8080/TCP'], ['EXTRA', 'MORE']],
    'are too wide in the end, and never vanish': [5, ['a-l…od', '8080/TCP'], ['EXTRA', 'MORE']],
  };
  for (const [sentence, [width, row, left]] of Object.entries(table)) {
    it(sentence, () => {
      const fitted = fitColumns(COLUMNS, [ROW], width);
      expect([fitted.rows, fitted.left]).toEqual([[row], left]);
    });
  }

  it('never shorten what is colored, nor count it', () => {
    const colored = ['a', '\u001b[31mexposed\u001b[39m', '', ''];
    expect(fitColumns(COLUMNS, [colored], 26)).toEqual({ header: ['NAME', 'PORT', 'EXTRA', 'MORE'], rows: [colored], gap: 2, left: [] });
  });

  it('fit whatever they hold, or hold only what may not go', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'b', '-', 'ß'), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell, cell), { maxLength: 5 }), fc.integer({ min: 1, max: 120 }), (rows, width) => {
        const { header, rows: fitted, gap, left } = fitColumns(COLUMNS, rows, width);
        const widths = header.map((text, index) => Math.max(text.length, ...fitted.map((row) => row[index]?.length ?? 0)));
        const taken = widths.reduce((sum, one) => sum + one, 0) + gap * (widths.length - 1);
        expect(taken <= width || left.length === 2).toBe(true);
        expect(header.length + left.length).toBe(COLUMNS.length);
      }),
    );
  });
});
