import type { Enforcement } from '../core/enforcement.ts';
import { GOOD_NEWS } from '../core/good-news.ts';
import type { Log, Metrics } from '../ports.ts';

export interface StandingParts {
  readonly scope: 'node' | 'namespace';
  /** Tells people, where they look. */
  tell(name: string, reason: string, message: string): void;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Something that people read is another than before. */
  changed(): void;
}

/** What is proven of each node, or of each namespace. */
export interface Standing {
  set(name: string, enforcement: Enforcement): void;
  /** It is gone, or nobody asks any longer. */
  forget(name: string): void;
  all(): ReadonlyMap<string, Enforcement>;
}

/**
 * Nothing proven yet. What is not enforced is logged once and told again with each proof (repetitions are counted, not written anew), and
 * the way back is told as well; `not proven` in between is no way back.
 */
export function makeStanding(parts: StandingParts): Standing {
  const { scope, metrics, log } = parts;
  const standing = new Map<string, Enforcement>();
  const broken = new Set<string>();
  const record = () => {
    metrics.record({ event: 'enforcement', scope, byState: countStates(standing.values()) });
    parts.changed();
  };
  return {
    set(name, enforcement) {
      const { state, reason, evidence } = enforcement;
      standing.set(name, enforcement);
      if (state === 'not enforced') {
        if (!broken.has(name)) log.warn('policies are present and not enforced', { [scope]: name, reason, from: evidence?.from ?? '' });
        broken.add(name);
        parts.tell(
          name,
          'PolicyNotEnforced',
          `the policies of ${scope} ${name} are present and not enforced: ${reason}; look at the network plugin`,
        );
      }
      if (state === 'enforced' && broken.delete(name)) {
        log.info('policies are enforced again', { [scope]: name, reason });
        parts.tell(name, GOOD_NEWS.policyEnforced, `the policies of ${scope} ${name} are enforced again: ${reason}`);
      }
      record();
    },
    forget(name) {
      broken.delete(name);
      if (standing.delete(name)) record();
    },
    all: () => standing,
  };
}

function countStates(all: Iterable<Enforcement>): Record<string, number> {
  const byState: Record<string, number> = {};
  for (const { state } of all) byState[state] = (byState[state] ?? 0) + 1;
  return byState;
}
