import type { Term } from '../ports.ts';
import { type Lease, type LeaseParts, leaseFor } from './lease-holder.ts';

/**
 * Does the work whenever we lead, until the signal aborts; then ends the term, waits for the work and lets go of the lease. A lease that is
 * lost ends the term as well, and we queue again. Rejects where the work does, or ends by itself during its term.
 */
export async function lead(parts: LeaseParts, work: (term: Term) => Promise<void>, stop: AbortSignal): Promise<void> {
  const lease = leaseFor(parts);
  while (!stop.aborted) {
    const takenAt = await lease.take(stop);
    if (takenAt === undefined) {
      parts.waits?.();
      await parts.rest(lease.timing.retryMs * (1 + Math.random() / 5), stop);
    } else await serveTerm({ ...parts, lease, stop, takenAt }, work);
  }
  await lease.release();
}

interface Serving extends LeaseParts {
  readonly lease: Lease;
  readonly stop: AbortSignal;
  readonly takenAt: number;
}

async function serveTerm({ lease, stop, takenAt, log, holder, rest }: Serving, work: (term: Term) => Promise<void>): Promise<void> {
  log.info('leading', { holder });
  const term = makeTerm(takenAt, lease.timing.renewWithinMs);
  const end = () => term.end();
  stop.addEventListener('abort', end, { once: true });
  const working = work(term).then(
    () => {
      if (!term.signal.aborted) throw new Error('the work of the leader ended before its term');
    },
    (error: unknown) => {
      term.end();
      throw error;
    },
  );
  const renewing = renew(lease, term, rest);
  try {
    await Promise.race([working, renewing]);
  } finally {
    term.end();
    stop.removeEventListener('abort', end);
    await renewing;
  }
  await working;
  if (!stop.aborted) log.warn('no longer leading: the lease was not renewed in time, or somebody else has it', { holder });
}

async function renew(lease: Lease, term: EndableTerm, rest: LeaseParts['rest']): Promise<void> {
  while (!term.signal.aborted) {
    await rest(lease.timing.retryMs, term.signal);
    if (term.signal.aborted) return;
    const renewedAt = await lease.take(term.signal);
    if (renewedAt !== undefined) term.extend(renewedAt);
    else if (lease.isOthers()) term.end();
  }
}

interface EndableTerm extends Term {
  extend(renewedAt: number): void;
  end(): void;
}

function makeTerm(takenAt: number, renewWithinMs: number): EndableTerm {
  const controller = new AbortController();
  let deadline = takenAt + renewWithinMs;
  const remainingMs = () => (controller.signal.aborted ? 0 : Math.max(0, deadline - performance.now()));
  const end = () => {
    clearTimeout(timer);
    controller.abort();
  };
  let timer = setTimeout(end, remainingMs());
  return {
    signal: controller.signal,
    remainingMs,
    extend: (renewedAt) => {
      if (remainingMs() === 0) return end();
      deadline = renewedAt + renewWithinMs;
      clearTimeout(timer);
      timer = setTimeout(end, remainingMs());
    },
    end,
  };
}
