import { type Backoff, backoffDelay } from '../core/backoff.ts';
import { makeRankedKeys, type RankedKeys } from './ranked-keys.ts';

/** Keys that wait for work. A key that is added twice before its turn is worked on once, and never twice at the same time. */
export interface WorkQueue {
  /**
   * Puts the key at the end of its rank (0, the default, goes first), unless it waits already in that rank or a better one. A key that is
   * being worked on has another turn afterwards.
   */
  add(key: string, rank?: number): void;
  /** Adds the key after a delay; an earlier `add` does not take this turn away. */
  addAfter(key: string, delayMs: number, rank?: number): void;
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
  /** One for all failures, or by what was thrown. */
  readonly backoff?: Backoff | ((error: unknown) => Backoff);
  /** Asked before each start: 0, and the start is counted, or the milliseconds to wait; better ranks are asked for first. Default: never wait. */
  readonly pace?: (rank: number) => number;
  /** Calls `run` after a delay; answers how to call it off. */
  readonly later?: (run: () => void, delayMs: number) => () => void;
  readonly random?: () => number;
}

const BACKOFF: Backoff = { baseMs: 50, capMs: 30_000 };

interface State extends Required<WorkQueueOptions> {
  readonly waiting: RankedKeys;
  readonly active: Set<string>;
  readonly failures: Map<string, number>;
  /** Calls off a delayed add. */
  readonly timers: Set<() => void>;
  readonly drains: Set<() => void>;
  /** A start waits for its time. */
  paused: boolean;
  stopped: boolean;
}

/** Makes an empty queue that starts working with the first key. */
export function makeWorkQueue(options: WorkQueueOptions): WorkQueue {
  const state: State = {
    backoff: BACKOFF,
    later: startTimer,
    pace: () => 0,
    random: Math.random,
    ...options,
    waiting: makeRankedKeys(),
    active: new Set(),
    failures: new Map(),
    timers: new Set(),
    drains: new Set(),
    paused: false,
    stopped: false,
  };
  return {
    add: (key, rank = 0) => add(state, key, rank),
    addAfter: (key, delayMs, rank = 0) => after(state, delayMs, () => add(state, key, rank)),
    size: () => state.active.size + state.waiting.size(),
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

function add(state: State, key: string, rank: number): void {
  if (state.stopped) return;
  state.waiting.add(key, rank);
  start(state);
}

function after(state: State, delayMs: number, act: () => void): void {
  if (state.stopped) return;
  const cancel = state.later(() => {
    state.timers.delete(cancel);
    act();
  }, delayMs);
  state.timers.add(cancel);
}

function start(state: State): void {
  for (const [key, rank] of state.waiting.entries()) {
    if (state.active.size >= state.parallelism) return;
    if (state.active.has(key)) continue;
    const wait = state.pace(rank);
    if (wait > 0) {
      startLater(state, wait);
      return;
    }
    state.waiting.delete(key);
    state.active.add(key);
    void turn(state, key, rank);
  }
}

function startLater(state: State, delayMs: number): void {
  if (state.paused) return;
  state.paused = true;
  after(state, delayMs, () => {
    state.paused = false;
    start(state);
  });
}

async function turn(state: State, key: string, rank: number): Promise<void> {
  try {
    await state.work(key);
    state.failures.delete(key);
  } catch (error) {
    const failures = (state.failures.get(key) ?? 0) + 1;
    state.failures.set(key, failures);
    const backoff = typeof state.backoff === 'function' ? state.backoff(error) : state.backoff;
    const delayMs = backoffDelay(failures, backoff, state.random);
    after(state, delayMs, () => add(state, key, rank));
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
  return active.size + waiting.size() === 0;
}

/** Runs it after a delay; answers how to call it off. */
export function startTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
