import { type Agenda, makeAgenda, RANK, type Wish } from './agenda.ts';
import { makePace, type Pace } from './pace.ts';
import { type ScanTurnParts, scanTurn } from './scan-turn.ts';
import type { WorkQueueOptions } from './work-queue.ts';

/** How much is done at once, and how often something is begun. */
export interface ScanLimits {
  /** Pods looked at, and pods swept, at the same time. */
  readonly looks: number;
  readonly sweeps: number;
  /** Looks that have time: after a change of template or policies, in rounds, and at pods that were there before us. */
  readonly lookPace: Pace;
  readonly sweepPace: Pace;
}

/**
 * A sweep has 65,535 probes. Those that a policy drops stay in the connection table of the prober's node for two minutes
 * (nf_conntrack_tcp_timeout_syn_sent), and such a table has room for 131,072 to 262,144: so one every half minute.
 */
export const SCAN_LIMITS: ScanLimits = {
  looks: 4,
  sweeps: 2,
  lookPace: { burst: 20, everyMs: 100 },
  sweepPace: { burst: 3, everyMs: 30_000 },
};

export interface ScanAgendaParts extends Omit<ScanTurnParts, 'askAfter' | 'handOver'> {
  readonly limits: ScanLimits;
  readonly later: NonNullable<WorkQueueOptions['later']>;
}

/** Two agendas, so that sweeps hold up no look: a pod that can be seen from inside is done in moments. */
export interface ScanAgendas {
  readonly looks: Agenda;
  /** Pods that wait in either, are looked at or are delayed; one that does several of these counts each time. */
  size(): number;
  stop(): Promise<void>;
}

/** Empty agendas that work as they are asked. */
export function makeScanAgendas(parts: ScanAgendaParts): ScanAgendas {
  const { limits, log, later } = parts;
  const now = () => parts.clock.now().getTime();
  const sweeping = new Set<string>();
  const failed = (pod: string, error: unknown) =>
    log.warn('a pod could not be scanned', { pod, error: error instanceof Error ? error : String(error) });
  const askAfter = (key: string, wish: Wish, delayMs: number) => looks.askAfter(key, wish, delayMs);
  const sweeps = makeAgenda({
    look: async (key, wish) => {
      sweeping.add(key);
      await scanTurn(key, wish, { ...parts, askAfter }).finally(() => sweeping.delete(key));
    },
    pace: makePace(limits.sweepPace, now),
    parallelism: limits.sweeps,
    ...{ failed, later, now },
  });
  const unhurried = makePace(limits.lookPace, now);
  const looks = makeAgenda({
    // One look at a pod at a time: behind a sweep, it comes back.
    look: async (key, wish) =>
      sweeping.has(key) ? askAfter(key, wish, parts.settleMs) : scanTurn(key, wish, { ...parts, askAfter, handOver: sweeps.ask }),
    pace: (rank) => (rank < RANK.changed ? 0 : unhurried()),
    parallelism: limits.looks,
    ...{ failed, later, now },
  });
  return {
    looks,
    size: () => looks.size() + sweeps.size(),
    stop: async () => {
      await Promise.all([looks.stop(), sweeps.stop()]);
    },
  };
}
