import type { PodState } from '../core/cluster-state.ts';
import { type FamilyGap, familyGaps } from '../core/family-gap.ts';
import type { AddressView, Finding, InsideView } from '../core/finding.ts';
import type { Views } from '../core/kept-views.ts';
import { findings } from '../core/pod-findings.ts';
import type { Port } from '../core/port.ts';
import { podStateKey } from '../core/scan-selection.ts';
import type { ScanSubject } from '../core/scan-subject.ts';
import { isBroken, type Sample } from '../core/second-sample.ts';
import { type LookOptions, lookAgain, lookInside, lookOutside, type Means } from './scan-views.ts';

export interface ScanParts extends Means {
  /** The pod as it is now, by namespace and name; undefined where it is gone. */
  reread(subject: ScanSubject): Promise<ScanSubject | undefined>;
}

export interface ScanOptions extends LookOptions {
  /** The sample before, of the pod in this very state: what is still true of it is kept, and the rest seen anew. */
  before?(pod: PodState): Sample | undefined;
}

/** What became of one pod. */
export type PodScan =
  | {
      readonly outcome: 'scanned';
      readonly pod: PodState;
      readonly findings: readonly Finding[];
      /** Ports for which the addresses of the pod differ. */
      readonly gaps: readonly FamilyGap[];
      readonly inside: InsideView;
      readonly outside: readonly AddressView[];
    }
  /** Nothing may be said of the pod, with the reason. */
  | { readonly outcome: 'discarded'; readonly pod: PodState; readonly reason: string };

/** How often a pod is looked at when it changes under the scan. */
const ATTEMPTS = 2;

/**
 * Scans one pod: both views, then the verdicts. The pod is read again behind the scan; what was seen of a pod that changed meanwhile is
 * discarded, and the changed pod scanned once more. Throws only where `reread` does.
 */
export async function scanPod(subject: ScanSubject, parts: ScanParts, options: ScanOptions): Promise<PodScan> {
  let current = subject;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const inside = await lookInside(current, parts, options);
    const before = options.before?.(current.pod);
    const context = { parts, options };
    const { outside } =
      before === undefined || isBroken(before)
        ? await lookOutside(current, inside, context)
        : await lookAgain(current, inside, { ...context, kept: before });
    const after = await parts.reread(current);
    if (after === undefined) return { outcome: 'discarded', pod: current.pod, reason: 'the pod went away during the scan' };
    if (isSamePod(current.pod, after.pod)) return judgePod(current, { inside, outside }, before?.inside);
    current = after;
  }
  return { outcome: 'discarded', pod: current.pod, reason: `the pod changed during each of ${ATTEMPTS} scans` };
}

/** The verdicts of what was seen. `previous`: the inside view of the sample before, of the same state of the pod. */
export function judgePod(
  subject: ScanSubject,
  { inside, outside }: Views,
  previous?: InsideView,
): Extract<PodScan, { outcome: 'scanned' }> {
  const { pod, declared, ended } = subject;
  const input = {
    podAddresses: pod.addresses,
    declared,
    ended,
    inside,
    outside,
    hostNetwork: pod.hostNetwork,
    authorized: (port: Port) => subject.authorized(port),
  };
  return {
    outcome: 'scanned',
    pod,
    findings: findings(previous === undefined ? input : { ...input, previous }),
    gaps: familyGaps(inside, outside),
    inside,
    outside,
  };
}

/** Whether what was seen of one is true of the other. */
function isSamePod(before: PodState, after: PodState): boolean {
  return podStateKey(before) === podStateKey(after) && !after.deleting;
}
