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
  /** Told of each failure: the key, what was thrown, failures in a row, and the milliseconds until the next attempt. Must not throw. */
  readonly failed: (key: string, error: unknown, retry: { readonly failures: number; readonly delayMs: number }) => void;
  readonly backoff?: Backoff;
  /** Calls `run` after a delay; answers how to call it off. */
  readonly later?: (run: () => void, delayMs: number) => () => void;
  readonly random?: () => number;
}

const BACKOFF: Backoff = { baseMs: 50, capMs: 30_000 };

interface State extends Required<WorkQueueOptions> {
  readonly waiting: Set<string>;
  readonly active: Set<string>;
  readonly failures: Map<string, number>;
  /** Calls off a delayed add. */
  readonly timers: Set<() => void>;
  readonly drains: Set<() => void>;
  stopped: boolean;
}

/** Makes an empty queue that starts working with the first key. */
export function makeWorkQueue(options: WorkQueueOptions): WorkQueue {
  const state: State = {
    backoff: BACKOFF,
    later: startTimer,
    random: Math.random,
    ...options,
    waiting: new Set(),
    active: new Set(),
    failures: new Map(),
    timers: new Set(),
    drains: new Set(),
    stopped: false,
  };
  return {
    add: (key) => add(state, key),
    addAfter: (key, delayMs) => addAfter(state, key, delayMs),
    size: () => state.active.size + state.waiting.size,
    drained: () => drained(state),
    stop() {
      state.stopped = true;
      state.waiting.clear();
      for (const cancel of state.timers) cancel();
      state.timers.clear();
      return drained(state);
    },
  };
}

function add(state: State, key: string): void {
  if (state.stopped) return;
  state.waiting.add(key);
  start(state);
}

function addAfter(state: State, key: string, delayMs: number): void {
  if (state.stopped) return;
  const cancel = state.later(() => {
    state.timers.delete(cancel);
    add(state, key);
  }, delayMs);
  state.timers.add(cancel);
}

function start(state: State): void {
  for (const key of state.waiting) {
    if (state.active.size >= state.parallelism) return;
    if (state.active.has(key)) continue;
    state.waiting.delete(key);
    state.active.add(key);
    void turn(state, key);
  }
}

async function turn(state: State, key: string): Promise<void> {
  try {
    await state.work(key);
    state.failures.delete(key);
  } catch (error) {
    const failures = (state.failures.get(key) ?? 0) + 1;
    state.failures.set(key, failures);
    const delayMs = backoffDelay(failures, state.backoff, state.random);
    addAfter(state, key, delayMs);
    state.failed(key, error, { failures, delayMs });
  } finally {
    state.active.delete(key);
    start(state);
    if (isIdle(state)) {
      for (const resolve of state.drains) resolve();
      state.drains.clear();
    }
  }
}

function drained(state: State): Promise<void> {
  return isIdle(state) ? Promise.resolve() : new Promise((resolve) => state.drains.add(resolve));
}

function isIdle({ active, waiting }: State): boolean {
  return active.size + waiting.size === 0;
}

function startTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
