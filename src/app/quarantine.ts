import type { PodState } from '../core/cluster-state.ts';
import type { ReleaseBook } from '../core/release.ts';
import type { Stop } from '../ports.ts';
import type { QuarantineParts, TrackedPod } from './quarantine-parts.ts';
import { takeTurn } from './quarantine-turn.ts';
import type { ResultListener } from './scan-results.ts';
import { makeWorkQueue, type WorkQueue, type WorkQueueOptions } from './work-queue.ts';

export interface QuarantineKeeper {
  readonly listener: ResultListener;
  /** What is on record now. Nobody is shut off before the first call: somebody may have been released. */
  booked(book: ReleaseBook): void;
  /** The pods in quarantine, by uid. */
  quarantined(): readonly TrackedPod[];
  readonly stop: Stop;
}

const PARALLELISM = 16;

/** Shuts off pods with ports that nobody authorized, where the template says so, and lets go those that somebody released. */
export function keepQuarantine(parts: QuarantineParts, timing: Pick<WorkQueueOptions, 'later' | 'random'> = {}): QuarantineKeeper {
  const keeping: Keeping = { ...parts, pods: new Map(), book: undefined, stopping: new AbortController() };
  const queue: WorkQueue = makeWorkQueue({
    ...timing,
    parallelism: PARALLELISM,
    failed: (uid, error) =>
      parts.log.warn('the quarantine of a pod could not be settled', {
        pod: placeOf(keeping, uid),
        error: error instanceof Error ? error : String(error),
      }),
    work: (uid) => workOn(uid, keeping, queue),
  });
  return {
    listener: {
      judged: (now) => {
        const { uid, namespace, name } = now.pod;
        const tracked = keeping.pods.get(uid) ?? newlyTracked(namespace, name);
        keeping.pods.set(uid, Object.assign(tracked, { now }));
        queue.add(uid);
      },
      gone: ({ uid }) => forget(uid, keeping),
    },
    booked: (book) => {
      const isFirst = keeping.book === undefined;
      keeping.book = book;
      for (const { uid, namespace, pod } of book.releases.values()) {
        if (book.releases.get(uid)?.liftedAt !== undefined) continue;
        if (!keeping.pods.has(uid)) keeping.pods.set(uid, newlyTracked(namespace, pod));
        queue.add(uid);
      }
      if (isFirst) for (const uid of keeping.pods.keys()) queue.add(uid);
    },
    quarantined: () => [...keeping.pods.values()].filter(({ state }) => state !== undefined),
    stop: () => {
      keeping.stopping.abort();
      return queue.stop();
    },
  };
}

interface Keeping extends QuarantineParts {
  readonly pods: Map<string, TrackedPod>;
  book: ReleaseBook | undefined;
  readonly stopping: AbortController;
}

async function workOn(uid: string, keeping: Keeping, queue: WorkQueue): Promise<void> {
  const { book, stopping } = keeping;
  const tracked = keeping.pods.get(uid);
  if (tracked === undefined || book === undefined) return;
  const pod = keeping.view.pods(tracked.namespace).find((one) => one.uid === uid);
  if (pod === undefined || pod.deleting) return forget(uid, keeping);
  const before = tracked.state;
  const again = (delayMs: number) => queue.addAfter(uid, delayMs);
  await takeTurn(pod, { ...keeping, uid, tracked, book, signal: stopping.signal, again });
  if (tracked.state !== before) recordStates(keeping);
}

function newlyTracked(namespace: string, name: string): TrackedPod {
  return { namespace, name, ports: [], attempts: 0, told: '' };
}

function forget(uid: string, keeping: Keeping): void {
  const tracked = keeping.pods.get(uid);
  keeping.pods.delete(uid);
  if (tracked?.state !== undefined) recordStates(keeping);
}

function recordStates({ pods, metrics, changed }: Keeping): void {
  const byState: Record<string, number> = {};
  for (const { state } of pods.values()) if (state !== undefined) byState[state] = (byState[state] ?? 0) + 1;
  metrics.record({ event: 'pods quarantined', byState });
  changed();
}

function placeOf({ pods }: Keeping, uid: string): string {
  const { namespace = '', name = uid }: Partial<Pick<PodState, 'namespace' | 'name'>> = pods.get(uid) ?? {};
  return `${namespace}/${name}`;
}
