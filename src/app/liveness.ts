import type { Log } from '../ports.ts';

/** What the verdict needs. */
export interface LivenessParts {
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number;
  /** Whether the API server answers on a connection of its own, apart from those that the watches have. Must not reject. */
  readonly answers: () => Promise<boolean>;
  readonly log: Log;
}

/** Whether a restart would help. */
export interface Liveness {
  /** A watch delivered an event, a bookmark or a list, or the server ended it at its time. */
  heard(resource: string): void;
  /** The watch was stopped: it need not hear anything. */
  ended(resource: string): void;
  /** Looks at the watches; to be called once a minute. */
  look(): Promise<void>;
  /** What a restart would mend, a sentence each. Empty: alive. */
  stuck(): readonly string[];
}

/**
 * A healthy watch hears at least its end every few seconds, since none lasts longer (docs/adr/0008-short-watches.md). After minutes of attempts in
 * vain it will not recover by itself.
 */
const DEAF_MS = 300_000;

/** One look may come while the process wakes up after it stood still, before a watch could list again. */
const LOOKS = 2;

/**
 * Deaf is a watch that hears nothing, though it lists again and the API server answers others. While the API server is away nothing is stuck: what is
 * cached goes on being served, and a process that was restarted would have nothing to serve.
 */
export function makeLiveness({ now, answers, log }: LivenessParts): Liveness {
  const heardAt = new Map<string, number>();
  const looks = new Map<string, number>();
  const deaf = () => [...heardAt].filter(([, at]) => now() - at >= DEAF_MS).map(([resource]) => resource);
  const stuck = () => deaf().filter((resource) => (looks.get(resource) ?? 0) >= LOOKS);
  const sentence = (resource: string) => `the watch of ${resource} has heard nothing for ${minutes(now() - (heardAt.get(resource) ?? 0))}`;
  return {
    heard(resource) {
      heardAt.set(resource, now());
      looks.delete(resource);
    },
    ended(resource) {
      heardAt.delete(resource);
      looks.delete(resource);
    },
    async look() {
      if (deaf().length === 0) return;
      if (!(await answers())) {
        looks.clear();
        return;
      }
      for (const resource of deaf()) looks.set(resource, (looks.get(resource) ?? 0) + 1);
      const found = stuck().map(sentence);
      if (found.length > 0) log.error('not alive: a restart is needed', { reasons: found });
    },
    stuck: () => stuck().map((resource) => `${sentence(resource)}, though the API server answers`),
  };
}

function minutes(ms: number): string {
  return `${Math.floor(ms / 60_000)} minutes`;
}
