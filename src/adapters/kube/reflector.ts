import { type Collection, listAndWatch, type ReflectTiming, TIMING } from './list-and-watch.ts';
import { makeObjectCache, type ObjectChange } from './object-cache.ts';

/** A copy of a collection that a watch keeps fresh. */
export interface Reflector<T> {
  /** By `NAMESPACE/NAME`, or `NAME`. */
  readonly store: ReadonlyMap<string, T>;
  /** Resolves when the first list was delivered; rejects where it is stopped before. */
  readonly synced: Promise<void>;
  /**
   * Seconds since an event, a bookmark or a list came or the server ended a watch at its time, or since the start. While all is well it stays
   * below the time of a watch, also in a collection where nothing happens.
   */
  lastEventAgeSeconds(): number;
  /** Resolves when nothing more will be delivered. */
  stop(): Promise<void>;
}

/** Is told how a watch is doing. */
export interface WatchListener {
  /** An event, a bookmark or a list came, or the server ended the watch at its time. */
  heard(): void;
  /** The watch failed; it goes on by itself. */
  failed(error: unknown): void;
}

/** For a watch that nobody looks after. */
export const UNHEARD: WatchListener = { heard() {}, failed() {} };

export interface ReflectOptions<T extends object> extends Collection {
  /** Strips an object to what is needed; undefined: not of interest. Must not throw: objects may have any shape. */
  readonly keep: (raw: unknown) => T | undefined;
  readonly onChange: (change: ObjectChange<T>) => void;
  /** Told of each failure, also of an error that `onChange` throws. The reflector goes on. */
  readonly onError?: (error: unknown) => void;
  /** As `WatchListener.heard`. */
  readonly onHeard?: () => void;
  readonly timing?: Partial<ReflectTiming>;
  readonly random?: () => number;
}

/** Lists and watches until it is stopped, whatever the server does; the store keeps its content meanwhile. */
export function reflect<T extends object>(options: ReflectOptions<T>): Reflector<T> {
  const { keep, onChange, onError = () => {}, onHeard = () => {}, timing, random = Math.random } = options;
  const stopping = new AbortController();
  const synced = promiseWithResolvers();
  synced.promise.catch(() => {}); // whoever waits gets the error; nobody must
  let heardAt = performance.now();
  const cache = makeObjectCache(keep, (change) => guarded(() => onChange(change), onError));
  const heard = () => {
    heardAt = performance.now();
    onHeard();
  };
  const ended = listAndWatch({
    collection: options,
    timing: { ...TIMING, ...timing },
    random,
    signal: stopping.signal,
    cache,
    failed: onError,
    heard,
    listed: synced.resolve,
  });
  return {
    store: cache.objects,
    synced: synced.promise,
    lastEventAgeSeconds: () => (performance.now() - heardAt) / 1000,
    stop() {
      stopping.abort();
      synced.reject(new Error(`the watch of ${options.path} was stopped before its first list`));
      return ended;
    },
  };
}

/** An error of the listener must not end the watch. */
function guarded(deliver: () => void, onError: (error: unknown) => void): void {
  try {
    deliver();
  } catch (error) {
    onError(error);
  }
}

function promiseWithResolvers() {
  let resolve = () => {};
  let reject = (_error: Error) => {};
  const promise = new Promise<void>((whenDone, whenFailed) => {
    resolve = whenDone;
    reject = whenFailed;
  });
  return { promise, resolve, reject };
}
