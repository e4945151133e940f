import type { AddressView, InsideView, OutsideView } from '../core/finding.ts';
import { joinViews, portsToProbeAgain, renewView, type Views } from '../core/kept-views.ts';
import type { Port } from '../core/port.ts';
import { portsToProbe } from '../core/probe-list.ts';
import type { ScanSubject } from '../core/scan-subject.ts';
import type { Scanner, SocketSource, SocketWatch } from '../ports.ts';
import type { InTurn } from './in-turn.ts';

/** What looks are made with. */
export interface Means {
  /** Absent: there is no outside view. */
  readonly scanner?: Scanner;
  /** Absent: there is no inside view. One that watches also says when to look. */
  readonly sockets?: SocketSource | SocketWatch;
  /** Sweeps of one node take turns: 65,535 probes a pod fill connection tables. */
  readonly sweeps: InTurn;
}

export interface LookOptions {
  readonly signal: AbortSignal;
  /** Further ports to probe at every pod: a control port, or what somebody asked for. */
  readonly extra?: readonly Port[];
  /** Every TCP port from outside: `blind`: where there is no inside view (the default). */
  readonly sweep?: 'always' | 'never' | 'blind';
}

/** The sockets of the pod. */
export async function lookInside({ pod }: ScanSubject, { sockets }: Means, { signal }: LookOptions): Promise<InsideView> {
  if (sockets === undefined) return { known: false, reason: 'nothing looks into the pod' };
  return sockets.sockets({ namespace: pod.namespace, name: pod.name, uid: pod.uid }, signal);
}

interface Context {
  readonly parts: Means;
  readonly options: LookOptions;
}

/** One view for each address, one address after the other. */
export async function lookOutside(subject: ScanSubject, inside: InsideView, { parts, options }: Context): Promise<AddressView[]> {
  const { scanner, sweeps } = parts;
  if (scanner === undefined) return [];
  const { extra = [], signal } = options;
  const list = portsToProbe(subject, inside, extra);
  const everything = isSweep(inside, options);
  const views: AddressView[] = [];
  for (const address of new Set(subject.pod.addresses)) {
    const view = everything
      ? await sweeps(subject.pod.nodeName, () => sweepAddress({ address, ports: list }, scanner, signal))
      : await scanner.scan({ address, ports: list }, signal);
    views.push({ address, view });
  }
  return views;
}

/** Whether every TCP port is probed, not only those of the list. */
export function isSweep(inside: InsideView, { sweep = 'blind' }: Pick<LookOptions, 'sweep'>): boolean {
  return sweep === 'always' || (sweep === 'blind' && !inside.known);
}

/** The views that are kept, with those ports probed anew that are new or whose sockets came or went. */
export async function lookAgain(
  subject: ScanSubject,
  inside: InsideView,
  { parts: { scanner }, options: { signal }, kept }: Context & { readonly kept: Views },
): Promise<AddressView[]> {
  if (scanner === undefined) return [];
  const list = portsToProbe(subject, inside, []);
  const views: AddressView[] = [];
  for (const address of new Set(subject.pod.addresses)) {
    const old = kept.outside.find((view) => view.address === address)?.view;
    const ports = portsToProbeAgain(list, kept, { address, inside });
    const view = old?.known && ports.length === 0 ? old : renewView(old, await scanner.scan({ address, ports }, signal), ports);
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
