import type { ReleaseBook } from '../core/release.ts';
import type { Clock, ClusterView, ReleaseStore } from '../ports.ts';

/** How long the trail of a pod is kept after it was found gone. */
const KEPT_MS = 24 * 60 * 60_000;

export interface ReleaseTrail {
  /** What is on record now. */
  booked(book: ReleaseBook): void;
  /** Takes out what is old enough; to be called every now and then. Rejects where the write fails: the next call does it. */
  prune(): Promise<void>;
}

/** Keeps the record of quarantines and releases from growing for ever: a pod that is gone is forgotten a day after it was missed. */
export function keepTrail(parts: {
  readonly view: Pick<ClusterView, 'pods'>;
  readonly store: Pick<ReleaseStore, 'write'>;
  readonly clock: Clock;
}): ReleaseTrail {
  const { view, store, clock } = parts;
  const missedSince = new Map<string, number>();
  let records: ReadonlyMap<string, { readonly namespace: string }> = new Map();
  return {
    booked: ({ quarantines, releases }) => {
      records = new Map([...quarantines, ...releases]);
    },
    async prune() {
      const now = clock.now().getTime();
      for (const [uid, { namespace }] of records) {
        if (view.pods(namespace).some((pod) => pod.uid === uid)) missedSince.delete(uid);
        else missedSince.set(uid, missedSince.get(uid) ?? now);
      }
      const old = [...missedSince].filter(([uid, since]) => !records.has(uid) || now - since >= KEPT_MS).map(([uid]) => uid);
      const forgotten = old.filter((uid) => records.has(uid));
      if (forgotten.length > 0) await store.write([], forgotten);
      for (const uid of old) missedSince.delete(uid);
    },
  };
}
