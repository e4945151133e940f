import { makeWorkQueue, type WorkQueueOptions } from './work-queue.ts';

/** What goes before what. */
export const RANK = { urgent: 0, started: 1, changed: 2, routine: 3 } as const;

/** Why a pod shall be looked at. */
export interface Wish {
  /** `RANK`. */
  readonly rank: number;
  /** Where this state of the pod was scanned already: `skip` it, look inside again and `reuse` the probes that still hold, or see all `afresh`. */
  readonly known: 'skip' | 'reuse' | 'afresh';
}

/** Pods that wait for a look. However often one is asked for, it is one look: in the best rank, and as thorough as the most thorough wish. */
export interface Agenda {
  ask(key: string, wish: Wish): void;
  /** Asks after a delay; several delayed wishes of one pod are one, at the earliest time. */
  askAfter(key: string, wish: Wish, delayMs: number): void;
  /** Pods that wait, are looked at or are delayed. */
  size(): number;
  stop(): Promise<void>;
}

export type AgendaOptions = Omit<WorkQueueOptions, 'work'> & {
  readonly look: (key: string, wish: Wish) => Promise<void>;
  readonly later: NonNullable<WorkQueueOptions['later']>;
  /** Milliseconds of any clock. */
  readonly now: () => number;
};

const THOROUGHNESS = ['skip', 'reuse', 'afresh'] as const;

/** An empty agenda. A look that throws is made again later, by the same wish. */
export function makeAgenda({ look, ...options }: AgendaOptions): Agenda {
  const wishes = new Map<string, Wish>();
  const delayed = new Map<string, Delayed>();
  const note = (key: string, wish: Wish) => wishes.set(key, bothOf(wishes.get(key), wish));
  const queue = makeWorkQueue({
    ...options,
    work: async (key) => {
      const wish = wishes.get(key);
      if (wish === undefined) return;
      wishes.delete(key);
      try {
        await look(key, wish);
      } catch (error) {
        note(key, wish);
        throw error;
      }
    },
  });
  const ask = (key: string, wish: Wish) => {
    note(key, wish);
    queue.add(key, wish.rank);
  };
  return {
    ask,
    askAfter: (key, wish, delayMs) => {
      const due = options.now() + delayMs;
      const earlier = delayed.get(key);
      const both = bothOf(earlier?.wish, wish);
      if (earlier !== undefined && earlier.due <= due) {
        earlier.wish = both;
        return;
      }
      earlier?.cancel();
      const entry: Delayed = { wish: both, due, cancel: () => {} };
      entry.cancel = options.later(() => {
        delayed.delete(key);
        ask(key, entry.wish);
      }, delayMs);
      delayed.set(key, entry);
    },
    size: () => queue.size() + delayed.size,
    stop: () => {
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      wishes.clear();
      return queue.stop();
    },
  };
}

interface Delayed {
  wish: Wish;
  /** Milliseconds of `now`. */
  readonly due: number;
  cancel: () => void;
}

function bothOf(a: Wish | undefined, b: Wish): Wish {
  if (a === undefined) return b;
  const known = THOROUGHNESS[Math.max(THOROUGHNESS.indexOf(a.known), THOROUGHNESS.indexOf(b.known))] ?? 'afresh';
  return { rank: Math.min(a.rank, b.rank), known };
}
