/** How long to wait before the next attempt. */
export interface Backoff {
  /** Upper bound of the first wait, milliseconds; it doubles with each failure. */
  readonly baseMs: number;
  /** Upper bound of every wait, milliseconds. */
  readonly capMs: number;
}

/**
 * Milliseconds to wait after so many failures in a row (1: the first). Full jitter: any time from 0 to the bound, so that clients whom one
 * outage hit do not come back together. `random` answers a number from 0 to below 1.
 */
export function backoffDelay(failures: number, { baseMs, capMs }: Backoff, random: () => number): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.floor(random() * bound);
}
