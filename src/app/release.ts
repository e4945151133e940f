import { type Release, type ReleaseBook, unitePorts } from '../core/release.ts';

/** What a release must read and write. */
export interface ReleaseDesk {
  /** Undefined: no such pod. */
  pod(): Promise<{ readonly uid: string; readonly quarantined: boolean } | undefined>;
  /** Undefined: no controller ever made one. */
  book(): Promise<ReleaseBook | undefined>;
  /** By which name the cluster knows the caller. */
  ownName(): Promise<string>;
  write(release: Release): Promise<void>;
}

export interface ReleaseRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly reason: string;
  readonly timeoutMs: number;
}

export interface ReleaseWaiting {
  now(): Date;
  /** Resolves after so many milliseconds, or at once when somebody has lost patience. */
  pause(ms: number): Promise<void>;
  readonly signal: AbortSignal;
  /** Called once, when the request is written and only the controller is waited for. */
  requested(release: Release): void;
}

export type ReleaseOutcome =
  | { readonly outcome: 'no pod' | 'not quarantined' | 'no book' }
  | { readonly outcome: 'released' | 'gone' | 'nobody acted'; readonly release: Release };

const LOOK_MS = 500;

/** Asks the controller to take a pod out of quarantine, on record, and waits until it has done so. Rejects where the cluster refuses. */
export async function requestRelease(request: ReleaseRequest, desk: ReleaseDesk, waiting: ReleaseWaiting): Promise<ReleaseOutcome> {
  const pod = await desk.pod();
  if (pod === undefined) return { outcome: 'no pod' };
  if (!pod.quarantined) return { outcome: 'not quarantined' };
  const book = await desk.book();
  if (book === undefined) return { outcome: 'no book' };
  const at = waiting.now();
  const release: Release = {
    namespace: request.namespace,
    pod: request.pod,
    uid: pod.uid,
    reason: request.reason,
    requestedBy: await desk.ownName(),
    at: at.toISOString(),
    ports: unitePorts(book.quarantines.get(pod.uid)?.ports ?? [], book.releases.get(pod.uid)?.ports ?? []),
  };
  await desk.write(release);
  waiting.requested(release);
  while (!waiting.signal.aborted && waiting.now().getTime() - at.getTime() < request.timeoutMs) {
    const now = await desk.pod();
    if (now?.uid !== pod.uid) return { outcome: 'gone', release };
    if (!now.quarantined) return { outcome: 'released', release };
    await waiting.pause(LOOK_MS);
  }
  return { outcome: 'nobody acted', release };
}
