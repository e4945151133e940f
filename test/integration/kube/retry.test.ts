import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../src/adapters/kube/kube-error.ts';
import { retryDelay } from '../../../src/adapters/kube/retry.ts';

describe('the pause before a second attempt', () => {
  const asked = fc.integer({ min: 0, max: 30 });
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const delay = (retryAfterSeconds: number, random: number, attempt = 1) =>
    retryDelay(
      new KubeError('busy', { status: 429, reason: 'TooManyRequests', retryAfterSeconds }),
      { method: 'GET', attempt, attempts: 5 },
      () => random,
    ) ?? Number.NaN;

  it('is what the server asked for, or a little longer, and never longer than three quarters of a minute', () => {
    fc.assert(
      fc.property(asked, chance, fc.integer({ min: 1, max: 4 }), (seconds, random, attempt) => {
        const milliseconds = delay(seconds, random, attempt);
        expect(milliseconds).toBeGreaterThanOrEqual(seconds * 1000);
        expect(milliseconds).toBeLessThan(45_000);
      }),
    );
  });

  it('spreads clients that were refused together over a quarter of the pause', () => {
    fc.assert(
      fc.property(asked, (seconds) => {
        expect(delay(seconds, 0.999) - delay(seconds, 0)).toBeGreaterThanOrEqual(seconds * 249);
      }),
    );
  });
});
