import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from '../../../src/core/backoff.ts';

const BACKOFF = { baseMs: 100, capMs: 1_000 };
const almostOne = () => 0.9999999;

describe('the wait before the next attempt', () => {
  it('doubles its bound with each failure, up to the cap', () => {
    expect([1, 2, 3, 4, 5, 6, 1000].map((failures) => backoffDelay(failures, BACKOFF, almostOne))).toEqual([
      99, 199, 399, 799, 999, 999, 999,
    ]);
  });

  it('is any whole number of milliseconds from 0 to its bound', () => {
    const cases = fc.record({ failures: fc.integer({ min: 1, max: 100 }), random: fc.double({ min: 0, max: 0.999999, noNaN: true }) });
    fc.assert(
      fc.property(cases, ({ failures, random }) => {
        const delay = backoffDelay(failures, BACKOFF, () => random);
        expect(Number.isInteger(delay) && delay >= 0 && delay < Math.min(1_000, 100 * 2 ** (failures - 1))).toBe(true);
      }),
    );
  });
});
