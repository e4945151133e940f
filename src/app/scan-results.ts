import type { PodState } from '../core/cluster-state.ts';
import type { FamilyGap } from '../core/family-gap.ts';
import type { AddressView, Finding, InsideView } from '../core/finding.ts';
import type { Port } from '../core/port.ts';

/** What was last found of one pod. */
export interface PodResult {
  /** As it was when it was judged. */
  readonly pod: PodState;
  /** Which sockets were seen, see `podStateKey`: another text means other sockets. */
  readonly state: string;
  readonly inside: InsideView;
  /** One for each address; of a sweep only what a verdict may need. */
  readonly outside: readonly AddressView[];
  readonly findings: readonly Finding[];
  readonly gaps: readonly FamilyGap[];
  /** The ports that answered in this sample and in the one before, to a probe of its own each time. */
  readonly twice: readonly Port[];
  /** See `vanishedPorts`. */
  readonly vanished?: readonly Port[];
  /** When the pod was looked into. A result that was only judged anew keeps it. */
  readonly at: Date;
  /** The inside view of the sample before, of the same state. */
  readonly previous?: InsideView;
}

/** Told of every result, in the order of the list. Must not throw. */
export interface ResultListener {
  /** A pod was scanned, or judged anew by another template. `before`: the last result of the same pod, perhaps of an earlier state of it. */
  judged(now: PodResult, before: PodResult | undefined): void;
  /** The result of a pod was dropped: the pod ended or went away, or nobody asks any longer. */
  gone(pod: PodState): void;
}

/** What was last found of each pod, by its uid: names and addresses are used again. */
export interface ScanResults {
  of(uid: string): PodResult | undefined;
  all(): Iterable<PodResult>;
  /** Replaces what was found of the pod. */
  put(result: PodResult): void;
  /** Forgets a pod; one without a result is quiet success. */
  remove(uid: string): void;
}

/** Nothing found yet. */
export function makeScanResults(listeners: readonly ResultListener[]): ScanResults {
  const results = new Map<string, PodResult>();
  return {
    of: (uid) => results.get(uid),
    all: () => results.values(),
    put: (result) => {
      const before = results.get(result.pod.uid);
      results.set(result.pod.uid, result);
      for (const listener of listeners) listener.judged(result, before);
    },
    remove: (uid) => {
      const last = results.get(uid);
      if (last === undefined) return;
      results.delete(uid);
      for (const listener of listeners) listener.gone(last.pod);
    },
  };
}
