import type { PodState } from '../core/cluster-state.ts';
import { type FamilyGap, familyGaps } from '../core/family-gap.ts';
import type { AddressView, Finding, InsideView, OutsideView } from '../core/finding.ts';
import { findings } from '../core/pod-findings.ts';
import type { Port } from '../core/port.ts';
import { portsToProbe } from '../core/probe-list.ts';
import type { ScanSubject } from '../core/scan-subject.ts';
import { probesOf } from '../core/views.ts';
import type { Scanner, SocketSource } from '../ports.ts';
import type { InTurn } from './in-turn.ts';

export interface ScanParts {
  /** Absent: there is no outside view. */
  readonly scanner?: Scanner;
  /** Absent: there is no inside view. */
  readonly sockets?: SocketSource;
  /** The pod as it is now, by namespace and name; undefined where it is gone. */
  reread(subject: ScanSubject): Promise<ScanSubject | undefined>;
  /** Sweeps of one node take turns: 65,535 probes a pod fill connection tables. */
  readonly sweeps: InTurn;
}

export interface ScanOptions {
  readonly signal: AbortSignal;
  /** Further ports to probe at every pod: a control port, or what somebody asked for. */
  readonly extra?: readonly Port[];
  /** Every TCP port from outside: `blind`: where there is no inside view (the default). */
  readonly sweep?: 'always' | 'never' | 'blind';
  /** The inside view of the sample before. Only of the same pod with the same restarts. */
  previous?(pod: PodState): InsideView | undefined;
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
    const inside = await insideView(current, parts, options);
    const outside = await outsideViews(current, inside, { parts, options });
    const after = await parts.reread(current);
    if (after === undefined) return { outcome: 'discarded', pod: current.pod, reason: 'the pod went away during the scan' };
    if (isSamePod(current.pod, after.pod)) return judged(current, { inside, outside }, options);
    current = after;
  }
  return { outcome: 'discarded', pod: current.pod, reason: `the pod changed during each of ${ATTEMPTS} scans` };
}

function judged(subject: ScanSubject, { inside, outside }: Views, { previous }: ScanOptions): PodScan {
  const { pod, declared, ended } = subject;
  const before = previous?.(pod);
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
    findings: findings(before === undefined ? input : { ...input, previous: before }),
    gaps: familyGaps(inside, outside),
    inside,
    outside,
  };
}

interface Views {
  readonly inside: InsideView;
  readonly outside: readonly AddressView[];
}

/** Whether what was seen of one is true of the other: a new uid, address or restart means other sockets. */
function isSamePod(before: PodState, after: PodState): boolean {
  const addresses = ({ addresses: list }: PodState) => [...list].sort().join();
  return before.uid === after.uid && before.restarts === after.restarts && addresses(before) === addresses(after) && !after.deleting;
}

async function insideView({ pod }: ScanSubject, { sockets }: ScanParts, { signal }: ScanOptions): Promise<InsideView> {
  if (sockets === undefined) return { known: false, reason: 'nothing looks into the pod' };
  return sockets.sockets({ namespace: pod.namespace, name: pod.name, uid: pod.uid }, signal);
}

interface Context {
  readonly parts: ScanParts;
  readonly options: ScanOptions;
}

/** One view for each address, one address after the other. */
async function outsideViews(subject: ScanSubject, inside: InsideView, context: Context): Promise<AddressView[]> {
  const { scanner, sweeps } = context.parts;
  if (scanner === undefined) return [];
  const { sweep = 'blind', extra = [], signal } = context.options;
  const list = portsToProbe(subject, inside, extra);
  const everything = sweep === 'always' || (sweep === 'blind' && !inside.known);
  const views: AddressView[] = [];
  for (const address of new Set(subject.pod.addresses)) {
    const view = everything
      ? await sweeps(subject.pod.nodeName, () => sweepAddress({ address, ports: list }, scanner, signal))
      : await scanner.scan({ address, ports: list }, signal);
    views.push({ address, view });
  }
  return views;
}

/** Every TCP port; those of other protocols from the list. */
async function sweepAddress(
  { address, ports }: { address: string; ports: readonly Port[] },
  scanner: Scanner,
  signal: AbortSignal,
): Promise<OutsideView> {
  const others = ports.filter(({ protocol }) => protocol !== 'TCP');
  const sweep = await scanner.scan({ address, ports: 'all' }, signal);
  return others.length === 0 ? sweep : joinViews(sweep, await scanner.scan({ address, ports: others }, signal));
}

/** One view of two for different ports: known where both are. */
function joinViews(a: OutsideView, b: OutsideView): OutsideView {
  const probes = [...probesOf(a), ...probesOf(b)];
  if (a.known && b.known) return { known: true, engine: a.engine, probes };
  const reasons = [a, b].flatMap((view) => (view.known ? [] : [view.reason]));
  return { known: false, engine: a.engine, reason: [...new Set(reasons)].join('; '), partial: probes };
}
