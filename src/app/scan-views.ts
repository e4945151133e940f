import type { AddressView, InsideView, OutsideView } from '../core/finding.ts';
import { boundSurprises, joinViews, portsToProbeAgain, renewView } from '../core/kept-views.ts';
import { formatPort, type Port } from '../core/port.ts';
import { portsToProbe } from '../core/probe-list.ts';
import { distinctPorts, type ScanSubject } from '../core/scan-subject.ts';
import { openedOnce, type Sample } from '../core/second-sample.ts';
import { openAt } from '../core/views.ts';
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
  /** Further ports to probe at every pod, that somebody asked for. */
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

/** What one look saw from outside. */
export interface OutsideLook {
  /** One for each address. */
  readonly outside: readonly AddressView[];
  /** The ports that answered a probe of this look: not those of a view that was kept. */
  readonly fresh: readonly Port[];
}

const NOTHING: OutsideLook = { outside: [], fresh: [] };

/** Everything anew, one address after the other. */
export async function lookOutside(subject: ScanSubject, inside: InsideView, { parts, options }: Context): Promise<OutsideLook> {
  const { scanner, sweeps } = parts;
  if (scanner === undefined) return NOTHING;
  const { extra = [], signal } = options;
  const list = portsToProbe(subject, inside, extra);
  const everything = isSweep(inside, options);
  const listed = new Set(list.map(formatPort));
  const isExpected = (port: Port) => listed.has(formatPort(port)) || subject.authorized(port) !== undefined;
  const views: AddressView[] = [];
  for (const address of new Set(subject.pod.addresses)) {
    const view = everything
      ? await sweeps(subject.pod.nodeName, () => sweepAddress({ address, ports: list }, scanner, signal))
      : await scanner.scan({ address, ports: list }, signal);
    views.push({ address, view: everything ? boundSurprises(view, isExpected) : view });
  }
  return { outside: views, fresh: openAt(views) };
}

/** Whether every TCP port is probed, not only those of the list. */
export function isSweep(inside: InsideView, { sweep = 'blind' }: Pick<LookOptions, 'sweep'>): boolean {
  return sweep === 'always' || (sweep === 'blind' && !inside.known);
}

/** The views that are kept, with those ports probed anew that are new, whose sockets came or went, or that were open in one sample only. */
export async function lookAgain(
  subject: ScanSubject,
  inside: InsideView,
  { parts: { scanner }, options: { signal }, kept }: Context & { readonly kept: Sample },
): Promise<OutsideLook> {
  if (scanner === undefined) return NOTHING;
  const list = portsToProbe(subject, inside, []);
  const [views, probed]: [AddressView[], AddressView[]] = [[], []];
  for (const address of new Set(subject.pod.addresses)) {
    const old = kept.outside.find((view) => view.address === address)?.view;
    const ports = distinctPorts([...portsToProbeAgain(list, kept, { address, inside }), ...openedOnce(kept)]);
    if (old?.known && ports.length === 0) {
      views.push({ address, view: old });
      continue;
    }
    const view = await scanner.scan({ address, ports }, signal);
    probed.push({ address, view });
    views.push({ address, view: renewView(old, view, ports) });
  }
  return { outside: views, fresh: openAt(probed) };
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
