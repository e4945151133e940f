import { type Backoff, backoffDelay } from '../core/backoff.ts';

/** Keys that wait for work. A key that is added twice before its turn is worked on once, and never twice at the same time. */
export interface WorkQueue {
  /** Puts the key at the end, unless it waits already. A key that is being worked on has another turn afterwards. */
  add(key: string): void;
  /** Adds the key after a delay; an earlier `add` does not take this turn away. */
  addAfter(key: string, delayMs: number): void;
  /** Keys that wait or are worked on; delayed ones are not counted. */
  size(): number;
  /** Resolves once nothing waits and nothing is worked on; delayed keys and retries do not count. */
  drained(): Promise<void>;
  /** Starts nothing more, forgets what waits, and resolves when the work under way has ended. */
  stop(): Promise<void>;
}

export interface WorkQueueOptions {
  /** Does the work of one key, from the current state. Where it throws, the key is tried again later. */
  readonly work: (key: string) => Promise<void>;
  /** How many keys are worked on at the same time. */
  readonly parallelism: number;
  /** Told of each failure: the key, what was thrown, failures in a row, and the milliseconds until the next attempt. */
  readonly failed: (key: string, error: unknown, retry: { readonly failures: number; readonly delayMs: number }) => void;
  readonly backoff?: Backoff;
  /** Calls `run` after a delay; answers how to call it off. */
  readonly later?: (run: () => void, delayMs: number) => () => void;
  readonly random?: () => number;
}

const BACKOFF: Backoff = { baseMs: 50, capMs: 30_000 };

/** Makes an empty queue that starts working with the first key. */
export function makeWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { work, parallelism, failed, backoff = BACKOFF, later = startTimer, random = Math.random } = options;
  const waiting = new Set<string>();
  const active = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Set<() => void>();
  let stopped = false;
  let watchers: (() => void)[] = [];

  const add = (key: string) => {
    if (stopped) return;
    waiting.add(key);
    start();
  };
  const addAfter = (key: string, delayMs: number) => {
    if (stopped) return;
    const cancel = later(() => {
      timers.delete(cancel);
      add(key);
    }, delayMs);
    timers.add(cancel);
  };
  const start = () => {
    for (const key of waiting) {
      if (active.size >= parallelism) return;
      if (active.has(key)) continue;
      waiting.delete(key);
      active.add(key);
      void turn(key);
    }
  };
  const turn = async (key: string) => {
    try {
      await work(key);
      failures.delete(key);
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      const delayMs = backoffDelay(count, backoff, random);
      failed(key, error, { failures: count, delayMs });
      addAfter(key, delayMs);
    } finally {
      active.delete(key);
      start();
      if (active.size === 0 && waiting.size === 0) {
        for (const resolve of watchers) resolve();
        watchers = [];
      }
    }
  };
  const drained = () => (active.size + waiting.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => watchers.push(resolve)));
  return {
    add,
    addAfter,
    size: () => active.size + waiting.size,
    drained,
    stop() {
      stopped = true;
      waiting.clear();
      for (const cancel of timers) cancel();
      timers.clear();
      return drained();
    },
  };
}

function startTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
