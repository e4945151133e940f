/** The API server waits 10 s where nothing else is said, and 30 s at most (admissionregistration.k8s.io/v1 timeoutSeconds). */
const LONGEST_MS = 30_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/**
 * Milliseconds after which an answer to this URL comes too late, from the `timeout=3s` that the API server adds to the query, less a
 * tenth for the way back; 27 s where it says nothing readable.
 */
export function deadlineMs(url: string): number {
  const asked = /[?&]timeout=(\d{1,6}(?:\.\d{1,9})?)(ms|s|m)(?:&|$)/.exec(url);
  const ms = asked === null ? LONGEST_MS : Number(asked[1]) * (UNITS[asked[2] ?? ''] ?? LONGEST_MS);
  return Math.min(ms, LONGEST_MS) * 0.9;
}

/** The value of the promise, or of `late` after `ms` milliseconds. The promise is not canceled; a later failure of it is ignored. */
export async function withDeadline<T>(work: Promise<T>, ms: number, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const alarm = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), ms);
  });
  try {
    return await Promise.race([work, alarm]);
  } finally {
    clearTimeout(timer);
  }
}
