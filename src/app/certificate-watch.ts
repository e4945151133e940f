import type { Log, Stop } from '../ports.ts';
import type { ServingCertificates } from './certificates.ts';

/** How the certificates are watched. */
export interface WatchOptions {
  readonly ensure: () => Promise<ServingCertificates>;
  /** What is served now. */
  readonly current: ServingCertificates;
  readonly everyMs: number;
  /** Called at each change, also one that another replica or cert-manager made. Where it throws, it is called again at the next turn. */
  readonly changed: (certificates: ServingCertificates) => void;
  readonly log: Log;
}

/** Ensures the certificates again and again. A failure is logged and tried again at the next turn: what is served goes on being served. */
export function watchCertificates({ ensure, current, everyMs, changed, log }: WatchOptions): Stop {
  let served = JSON.stringify(current);
  let turn: Promise<void> | undefined;
  const check = async () => {
    try {
      const next = await ensure();
      if (JSON.stringify(next) === served) return;
      if (next.problems.length > 0) log.warn('the given certificates need a person', { problems: next.problems });
      changed(next);
      served = JSON.stringify(next);
    } catch (error) {
      log.error('the certificates could not be checked', { error: error instanceof Error ? error : String(error) });
    } finally {
      turn = undefined;
    }
  };
  const timer = setInterval(() => {
    turn ??= check();
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await turn;
  };
}
