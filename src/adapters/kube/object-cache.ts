import { asRecord, textOf } from '../../core/unknown.ts';

/** One real change of one object. `removed` bears the last known value; a re-delivery is `changed` with the same value twice. */
export type ObjectChange<T> =
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'changed'; readonly object: T; readonly old: T }
  | { readonly type: 'removed'; readonly object: T };

/** What is known of a collection. Keys are `NAMESPACE/NAME`, or `NAME` for what has no namespace. */
export interface ObjectCache<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** An object as the server sent it. */
  put(raw: unknown): void;
  /** The object is gone. */
  remove(raw: unknown): void;
  /** Begins a whole list: objects that are not put until `finish` are gone. */
  replace(): { add(raw: unknown): void; finish(): void };
  /** Delivers every object once more. */
  redeliver(): void;
}

interface Kept<T> {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly object: T;
}

/**
 * An empty cache. `keep` strips an object to what is needed (undefined: not of interest); `deliver` gets every change, none twice. An object
 * of another uid is another object, even if the name is the same: the old one is removed first (the client library's informer calls it a change).
 */
export function makeObjectCache<T extends object>(
  keep: (raw: unknown) => T | undefined,
  deliver: (change: ObjectChange<T>) => void,
): ObjectCache<T> {
  const objects = new Map<string, T>();
  const versions = new Map<string, { readonly uid: string; readonly resourceVersion: string }>();
  const drop = (key: string) => {
    const object = objects.get(key);
    if (object === undefined) return;
    objects.delete(key);
    versions.delete(key);
    deliver({ type: 'removed', object });
  };
  const store = (key: string, kept: Kept<T> | undefined) => {
    if (kept === undefined) return drop(key);
    const before = versions.get(key);
    if (before?.uid === kept.uid && before.resourceVersion === kept.resourceVersion) return;
    if (before !== undefined && before.uid !== kept.uid) drop(key);
    const old = objects.get(key);
    objects.set(key, kept.object);
    versions.set(key, { uid: kept.uid, resourceVersion: kept.resourceVersion });
    deliver(old === undefined ? { type: 'added', object: kept.object } : { type: 'changed', object: kept.object, old });
  };
  return {
    objects,
    put: (raw) => store(keyOf(raw), strip(raw, keep)),
    remove: (raw) => drop(keyOf(raw)),
    replace() {
      const listed = new Map<string, Kept<T> | undefined>();
      return {
        add: (raw) => listed.set(keyOf(raw), strip(raw, keep)),
        finish() {
          for (const key of [...objects.keys()]) if (!listed.has(key)) drop(key);
          for (const [key, kept] of listed) store(key, kept);
        },
      };
    },
    redeliver() {
      for (const object of [...objects.values()]) deliver({ type: 'changed', object, old: object });
    },
  };
}

function strip<T extends object>(raw: unknown, keep: (raw: unknown) => T | undefined): Kept<T> | undefined {
  const { uid, resourceVersion } = asRecord(asRecord(raw).metadata);
  const object = textOf(uid) === '' ? undefined : keep(raw); // without a uid it is no object of the API
  return object === undefined ? undefined : { uid: textOf(uid), resourceVersion: textOf(resourceVersion), object };
}

function keyOf(raw: unknown): string {
  const { namespace, name } = asRecord(asRecord(raw).metadata);
  return textOf(namespace) === '' ? textOf(name) : `${textOf(namespace)}/${textOf(name)}`;
}
