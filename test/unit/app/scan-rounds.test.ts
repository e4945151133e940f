import { describe, expect, it } from 'vitest';
import { startRounds } from '../../../src/app/scan-rounds.ts';

const UIDS = Array.from({ length: 1_000 }, (_, index) => `7c9e6679-7425-40de-944b-${String(index).padStart(12, '0')}`);

/** The turns of each step of two rounds. */
function steps(periodMs: number): string[][] {
  const turns: string[][] = [];
  let step: string[] = [];
  let next = () => {};
  startRounds({
    periodMs,
    uids: () => UIDS,
    turn: (uid) => step.push(uid),
    later: (run) => {
      next = run;
      return () => {};
    },
  });
  for (let count = 0; count < (2 * periodMs) / 1_000; count += 1) {
    step = [];
    next();
    turns.push(step);
  }
  return turns;
}

describe('the rounds of scans', () => {
  it('give each pod one turn a round, at the same time of every round', () => {
    const turns = steps(600_000);
    expect(turns.slice(0, 600).flat().sort()).toEqual(UIDS);
    expect(turns.slice(600)).toEqual(turns.slice(0, 600));
  });

  it('never bring many together', () => {
    expect(Math.max(...steps(600_000).map((step) => step.length))).toBeLessThanOrEqual(10);
    expect(Math.max(...steps(60_000).map((step) => step.length))).toBeLessThanOrEqual(40);
  });

  it('end when they are asked to', () => {
    const called: string[] = [];
    const end = startRounds({
      periodMs: 1,
      uids: () => UIDS,
      turn: () => {},
      later: () => {
        called.push('armed');
        return () => called.push('called off');
      },
    });
    end();
    expect(called).toEqual(['armed', 'called off']);
  });
});
