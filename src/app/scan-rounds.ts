import type { WorkQueueOptions } from './work-queue.ts';

export interface RoundParts {
  /** Milliseconds of one round. */
  readonly periodMs: number;
  /** The uids of those whose turn may come. */
  uids(): Iterable<string>;
  /** Called at the turn of a uid, once a round. */
  turn(uid: string): void;
  readonly later: NonNullable<WorkQueueOptions['later']>;
}

/** Each step of a round has the turns of some pods. */
const STEP_MS = 1_000;

/**
 * Gives every pod a turn once a round, each at a time of its own that follows from its uid: spread over the round, also where all pods came
 * together, and the same after a restart of this program. Answers how to end it.
 */
export function startRounds({ periodMs, uids, turn, later }: RoundParts): () => void {
  const steps = Math.max(1, Math.round(periodMs / STEP_MS));
  let [step, cancel] = [0, () => {}];
  const next = () => {
    step = (step + 1) % steps;
    for (const uid of uids()) if (stepOf(uid, steps) === step) turn(uid);
    cancel = later(next, periodMs / steps);
  };
  cancel = later(next, periodMs / steps);
  return () => cancel();
}

/** FNV-1a of 32 bits, by the multiplier of its authors. */
function stepOf(uid: string, steps: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < uid.length; index += 1) hash = Math.imul(hash ^ uid.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % steps;
}
