/** How often something may begin: so many together, and then one more after each span. */
export interface Pace {
  readonly burst: number;
  readonly everyMs: number;
}

/**
 * Asks whether one may begin: 0, and it counts as begun, or the milliseconds until one may. `now` in milliseconds (generic cell rate
 * algorithm, ITU-T I.371). A clock that is set back delays nothing beyond one full burst.
 */
export function makePace({ burst, everyMs }: Pace, now: () => number): () => number {
  /** When everything that has begun is paid for. */
  let paid = Number.NEGATIVE_INFINITY;
  return () => {
    const time = now();
    paid = Math.min(Math.max(paid, time), time + burst * everyMs);
    const wait = paid - time - (burst - 1) * everyMs;
    if (wait > 0) return wait;
    paid += everyMs;
    return 0;
  };
}
