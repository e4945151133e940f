import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePace } from '../../../src/app/pace.ts';

describe('a pace', () => {
  it('lets a burst begin together, and then one more after each span', () => {
    let now = 1_000;
    const pace = makePace({ burst: 2, everyMs: 100 }, () => now);
    const asked = [0, 0, 0, 60, 40, 0, 1_000, 0, 0].map((later) => {
      now += later;
      return pace();
    });
    expect(asked).toEqual([0, 0, 100, 40, 0, 100, 0, 0, 100]);
  });

  it('is not delayed beyond a burst by a clock that is set back', () => {
    let now = 1_000_000;
    const pace = makePace({ burst: 2, everyMs: 100 }, () => now);
    for (let time = 0; time < 2; time += 1) pace();
    now = 0;
    expect(pace()).toBeLessThanOrEqual(200);
  });

  it('never lets more begin in any span than the burst and what the span gives', () => {
    fc.assert(
      fc.property(
        fc.record({ burst: fc.integer({ min: 1, max: 5 }), everyMs: fc.integer({ min: 1, max: 50 }) }),
        fc.array(fc.nat(40), { maxLength: 60 }),
        (how, gaps) => {
          let now = 0;
          const pace = makePace(how, () => now);
          const began: number[] = [];
          for (const gap of gaps) {
            now += gap;
            if (pace() === 0) began.push(now);
          }
          for (const [index, start] of began.entries()) {
            for (const [further, end] of began.slice(index).entries()) {
              expect(further + 1).toBeLessThanOrEqual(how.burst + Math.floor((end - start) / how.everyMs));
            }
          }
        },
      ),
    );
  });
});
