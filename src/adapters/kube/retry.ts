import { type Backoff, backoffDelay } from '../../core/backoff.ts';
import { KubeError } from './kube-error.ts';

/** What decides whether a failed call may be sent again. */
export interface Attempt {
  readonly method: string;
  readonly contentType?: string;
  /** 1: the first. */
  readonly attempt: number;
  readonly attempts: number;
}

const BACKOFF: Backoff = { baseMs: 100, capMs: 5_000 };

/** A server that wants a longer pause than this is reported instead: the caller has a queue and tries again later. */
export const LONGEST_PAUSE_SECONDS = 30;

/** No connection came about, so nothing was done on the other side. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'EAI_AGAIN']);
/** The connection broke; whether the request was carried out is not known. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Milliseconds until the call is sent again, undefined where it must not be. 429 says that nothing was done (API priority and fairness); after
 * a 503, another 5xx with Retry-After, or a broken connection only calls are repeated that may be done twice. A timeout is the caller's.
 */
export function retryDelay(error: unknown, attempt: Attempt, random: () => number): number | undefined {
  if (!(error instanceof KubeError) || attempt.attempt >= attempt.attempts) return undefined;
  const pause = error.retryAfterSeconds ?? 0;
  if (pause > LONGEST_PAUSE_SECONDS || !mayRepeat(error, attempt)) return undefined;
  return pauseMs(pause, random) + backoffDelay(attempt.attempt, BACKOFF, random);
}

/**
 * Milliseconds for a pause that a server asked for, or a quarter longer: many clients got the same number at the same moment, and must not
 * come back together.
 */
export function pauseMs(seconds: number, random: () => number): number {
  return seconds * 1000 * (1 + random() / 4);
}

function mayRepeat({ status, code = '', retryAfterSeconds }: KubeError, attempt: Attempt): boolean {
  if (status === 429 || NEVER_SENT.has(code)) return true;
  return isIdempotent(attempt) && (status === 503 || (status >= 500 && retryAfterSeconds !== undefined) || BROKEN.has(code));
}

/** A POST makes another object, a JSON patch tests and removes by index; every other call has the same result when done twice. */
function isIdempotent({ method, contentType }: Attempt): boolean {
  return method !== 'POST' && contentType !== 'application/json-patch+json';
}
