import { claimLease, type LeaseRecord, releaseLease } from '../core/lease.ts';
import type { LeaseStore, Log, StoredLease } from '../ports.ts';

export interface LeaseParts {
  /** With a connection of its own: a renewal must not wait behind other calls. */
  readonly store: LeaseStore;
  /** Differs between replicas and between starts of one replica. */
  readonly holder: string;
  readonly log: Log;
  readonly timing?: LeaseTiming;
  /** Resolves after so many milliseconds, or as soon as the signal aborts. */
  rest(ms: number, signal: AbortSignal): Promise<void>;
  /** Told each time that somebody else was found to lead, or nobody can tell. */
  waits?(): void;
}

export interface LeaseTiming {
  /** Others take the lease when it was not renewed for so long. */
  readonly durationMs: number;
  /** We stop to lead when it was not renewed for so long: well before others may begin. */
  readonly renewWithinMs: number;
  readonly retryMs: number;
}

/** client-go's own figures (leaderelection.LeaderElectionConfig). */
const TIMING: LeaseTiming = { durationMs: 15_000, renewWithinMs: 10_000, retryMs: 2_000 };

/** Our side of the lease. */
export interface Lease {
  readonly timing: LeaseTiming;
  /** Takes or renews it. Answers when the call was sent (performance.now()); undefined where somebody else has it or nobody can tell. */
  take(signal: AbortSignal): Promise<number | undefined>;
  /** Whether somebody else held it when it was read last. */
  isOthers(): boolean;
  release(): Promise<void>;
}

/** Nothing is read or taken yet. */
export function leaseFor({ store, holder, log, timing = TIMING }: LeaseParts): Lease {
  let seen: { readonly stored: StoredLease | undefined; readonly since: number } | undefined;
  const note = (stored: StoredLease | undefined) => {
    if (seen === undefined || !isSame(seen.stored?.record, stored?.record)) seen = { stored, since: performance.now() };
    return seen;
  };
  return {
    timing,
    async take(signal) {
      try {
        const { stored, since } = note(await store.read(signal));
        const unchangedMs = performance.now() - since;
        const record = claimLease(stored?.record, { holder, durationSeconds: timing.durationMs / 1000, now: new Date(), unchangedMs });
        if (record === undefined) return undefined;
        const sentAt = performance.now();
        return (await store.write(record, stored?.version, signal)) === 'written' ? sentAt : undefined;
      } catch (error) {
        if (!signal.aborted) log.warn('the lease could not be read or renewed', { error: error instanceof Error ? error : String(error) });
        return undefined;
      }
    },
    isOthers: () => ![undefined, '', holder].includes(seen?.stored?.record.holder),
    async release() {
      try {
        const stored = await store.read(AbortSignal.timeout(timing.retryMs));
        if (stored?.record.holder !== holder) return;
        await store.write(releaseLease(stored.record, new Date()), stored.version, AbortSignal.timeout(timing.retryMs));
      } catch (error) {
        log.warn('the lease could not be released; others wait until it expires', {
          error: error instanceof Error ? error : String(error),
        });
      }
    },
  };
}

function isSame(a: LeaseRecord | undefined, b: LeaseRecord | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
