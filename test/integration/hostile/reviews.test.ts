import { expect, it } from 'vitest';
import { startReviewTarget } from '../../fuzz/review-target.ts';
import { runFuzz } from '../../fuzz/run.ts';

/** The small form of `npm run fuzz`: another seed in each run. */
it('20,000 fuzzed reviews: none crashes the gate, hangs it, is let in by error, or stays in memory', { timeout: 900_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { faults, inputs } = await runFuzz(await startReviewTarget(), {
    seed,
    count: 20_000,
    again: 'npm run fuzz -- --target reviews',
  });
  expect({ seed, inputs, faults }).toEqual({ seed, inputs: 20_000, faults: [] });
});
