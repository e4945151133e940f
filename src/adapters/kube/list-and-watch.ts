import { setTimeout as pause } from 'node:timers/promises';
import { backoffDelay } from '../../core/backoff.ts';
import { asRecord, textOf } from '../../core/unknown.ts';
import { KubeError, statusError } from './kube-error.ts';
import { listPages } from './list.ts';
import type { ObjectCache } from './object-cache.ts';
import { LONGEST_PAUSE_SECONDS, pauseMs } from './retry.ts';
import type { KubeTransport } from './transport.ts';

export interface ReflectTiming {
  /** The API server ends a watch at its time: silence longer than a watch means that nothing can be said about what was missed. */
  readonly idleMs: number;
  /**
   * A watch ends after a random time between these, and goes on from where it was. It is short for two reasons: a connection that died without
   * a word is found out soon, and an API server that shall stop waits for open watches, by HTTP/1.1 and HTTP/2 alike (up to 60 s, measured).
   */
  readonly watchSeconds: readonly [number, number];
  /** A watch that lasted so long has worked: the next failure is the first again. */
  readonly workedMs: number;
  readonly backoff: { readonly baseMs: number; readonly capMs: number };
  /** The list is asked for anew and everything delivered once more after so long; undefined: never. */
  readonly resyncMs: number | undefined;
}

export const TIMING: ReflectTiming = {
  idleMs: 10_000,
  watchSeconds: [5, 7],
  workedMs: 4_000,
  backoff: { baseMs: 200, capMs: 2_000 }, // after an outage of any length each watch is back within this time
  resyncMs: undefined,
};

/** A collection that is listed and watched. */
export interface Collection {
  readonly transport: KubeTransport;
  readonly path: string;
  readonly query?: { readonly labelSelector?: string; readonly fieldSelector?: string };
}

/** Until a server that is there has begun to answer a watch. */
const ANSWER_MS = 7_000;

/** What it takes to follow a collection, and whom to tell. */
export interface Following {
  readonly collection: Collection;
  readonly timing: ReflectTiming;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly cache: Omit<ObjectCache<object>, 'objects'>;
  /** Told of each failure. */
  readonly failed: (error: unknown) => void;
  /** Told of each event, bookmark and list, and of each watch that the server ended at its time. */
  readonly heard: () => void;
  /** Told of each list that is in the cache. */
  readonly listed: () => void;
}

/** Where the watch goes on; without a resourceVersion a list is needed first. */
interface Position {
  resourceVersion: string | undefined;
  /** The last watch brought nothing before it fell silent. */
  isSilent: boolean;
  listedAt: number;
}

/** Lists and watches until the signal; every failure is told and followed by a pause that grows. Never rejects. */
export async function listAndWatch(following: Following): Promise<void> {
  const { signal, timing, failed, heard } = following;
  const position: Position = { resourceVersion: undefined, isSilent: false, listedAt: Number.NaN };
  let failures = 0;
  while (!signal.aborted) {
    let began = Number.POSITIVE_INFINITY;
    let failure: unknown;
    try {
      if (position.resourceVersion === undefined || isResyncDue(following, position)) await list(following, position);
      began = performance.now();
      await watch(following, position);
    } catch (error) {
      if (signal.aborted) return;
      failure = error;
      failed(error);
      if (!canResume(error) || isTwiceSilent(error, position, performance.now() - began >= timing.idleMs))
        position.resourceVersion = undefined;
    }
    const worked = performance.now() - began >= timing.workedMs;
    if (worked) failures = 0;
    if (worked && failure === undefined) {
      // Where nothing happens there is no bookmark either (the server sends none of a version that we have): the end is all there is to hear.
      heard();
      continue;
    }
    failures += 1;
    // A watch that ends at once is as bad as one that fails: without a pause it would be asked for again and again.
    await pause(pauseAfter(failure, failures, following), undefined, { signal }).catch(() => {});
  }
}

async function list(following: Following, position: Position): Promise<void> {
  const { collection, cache, signal, heard, listed } = following;
  const { transport, path, query = {} } = collection;
  const isResync = isResyncDue(following, position);
  const replacement = cache.replace();
  let resourceVersion = '';
  for await (const page of listPages(transport, { path, query, signal })) {
    for (const item of page.items) replacement.add(item);
    resourceVersion = page.resourceVersion;
  }
  position.resourceVersion = resourceVersion;
  position.listedAt = performance.now();
  position.isSilent = false;
  heard();
  replacement.finish();
  if (isResync) cache.redeliver();
  listed();
}

async function watch(following: Following, position: Position): Promise<void> {
  const { collection, timing, cache, signal, heard } = following;
  const { transport, path } = collection;
  const query = {
    ...collection.query,
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: position.resourceVersion,
    timeoutSeconds: watchSeconds(following, position),
  };
  for await (const line of transport.stream({ path, query, timeoutMs: ANSWER_MS, idleMs: timing.idleMs, signal })) {
    const { type, object } = asRecord(line);
    if (type === 'ERROR') {
      position.resourceVersion = undefined; // client-go lists again after every ERROR event, too
      throw statusError(`watch ${path}`, object);
    }
    heard();
    position.isSilent = false;
    if (type === 'ADDED' || type === 'MODIFIED') cache.put(object);
    if (type === 'DELETED') cache.remove(object);
    position.resourceVersion = textOf(asRecord(asRecord(object).metadata).resourceVersion) || position.resourceVersion;
  }
}

/**
 * Whether the same resourceVersion may be asked for again: the server was away or busy, or the connection died without a word. 410 and
 * anything odd need a list.
 */
function canResume(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  return error.status === 0
    ? ['Unreachable', 'Timeout', 'Credentials'].includes(error.reason)
    : error.status === 429 || error.status >= 500;
}

/** A watch that the server took up and said nothing in, twice in a row: it may be the server that hears nothing, and the list tells. */
function isTwiceSilent(error: unknown, position: Position, lasted: boolean): boolean {
  const isSilent = lasted && error instanceof KubeError && error.reason === 'Timeout';
  const wasSilent = position.isSilent;
  position.isSilent = isSilent;
  return isSilent && wasSilent;
}

function isResyncDue({ timing }: Following, { listedAt }: Position): boolean {
  return timing.resyncMs !== undefined && performance.now() - listedAt >= timing.resyncMs;
}

function watchSeconds({ timing, random }: Following, { listedAt }: Position): number {
  const [shortest, longest] = timing.watchSeconds;
  const seconds = Math.round(shortest + random() * (longest - shortest));
  const untilResync = timing.resyncMs === undefined ? seconds : Math.ceil((listedAt + timing.resyncMs - performance.now()) / 1000);
  return Math.max(1, Math.min(seconds, untilResync));
}

/** What the server asked for, as long as it is no more than the longest pause: a proxy that says an hour must not make us deaf for one. */
function pauseAfter(failure: unknown, failures: number, { timing: { backoff }, random }: Following): number {
  const asked = failure instanceof KubeError ? (failure.retryAfterSeconds ?? 0) : 0;
  return pauseMs(Math.min(asked, LONGEST_PAUSE_SECONDS), random) + backoffDelay(failures, backoff, random);
}
