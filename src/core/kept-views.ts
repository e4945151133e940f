import type { AddressView, InsideView, OutsideView, Probe } from './finding.ts';
import { formatPort, type Port } from './port.ts';
import { listeningAt, openAt, probesOf } from './views.ts';

/** The views of a pod that are kept from one look to the next: what is still true of them, and what must be probed anew. */
export interface Views {
  readonly inside: InsideView;
  readonly outside: readonly AddressView[];
}

/**
 * The ports of one address that must be probed, where the pod was seen as `before` and its sockets are now as in `inside`: those of `wanted`
 * that were never probed there, and all whose sockets came or went. Where no whole view of the address is kept: all of `wanted`.
 */
export function portsToProbeAgain(wanted: readonly Port[], before: Views, now: { address: string; inside: InsideView }): Port[] {
  const kept = before.outside.find(({ address }) => address === now.address)?.view;
  if (kept === undefined || !kept.known) return [...wanted];
  const addresses = before.outside.map(({ address }) => address);
  const moved = (port: Port) => listeningAt(before.inside, port, addresses) !== listeningAt(now.inside, port, addresses);
  const held = new Map(kept.probes.map(({ port }) => [formatPort(port), port]));
  const fresh = wanted.filter((port) => !held.has(formatPort(port)));
  return [...fresh, ...[...held.values()].filter(moved)];
}

/** The kept view of an address, in which the answers to what was probed `again` replace the old ones. A kept view that broke off is worth nothing. */
export function renewView(kept: OutsideView | undefined, again: OutsideView, probed: readonly Port[]): OutsideView {
  if (kept === undefined || !kept.known) return again;
  const old = new Set(probed.map(formatPort));
  return joinViews({ ...kept, probes: kept.probes.filter(({ port }) => !old.has(formatPort(port))) }, again);
}

/** So many ports that answer unexpectedly are a list that somebody may still read. */
export const MOST_SURPRISES = 256;

/**
 * A view of which no more surprises are kept than somebody reads. Behind a proxy that takes every connection, as in a mesh, all 65,535 ports of
 * each pod answer: that is a reason, and no whole view.
 */
export function boundSurprises(view: OutsideView, isExpected: (port: Port) => boolean): OutsideView {
  const surprises = probesOf(view).filter(({ port, reachability }) => reachability === 'open' && !isExpected(port));
  if (surprises.length <= MOST_SURPRISES) return view;
  const dropped = new Set(surprises.slice(MOST_SURPRISES));
  const all = `${surprises.length} ports answer that nobody authorized or declared, perhaps a proxy that takes every connection: ${MOST_SURPRISES} of them are told`;
  const reason = view.known ? all : `${view.reason}; ${all}`;
  return { known: false, engine: view.engine, reason, partial: probesOf(view).filter((probe) => !dropped.has(probe)) };
}

/** What a look still proves that lasted longer than the run of the pod: nothing but the answers. */
export function answersOnly(outside: readonly AddressView[], reason: string): AddressView[] {
  return outside.map(({ address, view }) => {
    const partial = probesOf(view).filter(({ reachability }) => reachability === 'open');
    return { address, view: { known: false, engine: view.engine, reason, partial } };
  });
}

/** One view of two for different ports: known where both are. */
export function joinViews(a: OutsideView, b: OutsideView): OutsideView {
  const probes = [...probesOf(a), ...probesOf(b)];
  if (a.known && b.known) return { known: true, engine: a.engine, probes };
  const reasons = [a, b].flatMap((view) => (view.known ? [] : [view.reason]));
  return { known: false, engine: a.engine, reason: [...new Set(reasons)].join('; '), partial: probes };
}

/**
 * What is worth keeping of the views of a pod: the ports of the list and those that are open at some address. A sweep has 65,535 probes, and a
 * cluster thousands of pods.
 */
export function condense(outside: readonly AddressView[], list: readonly Port[]): AddressView[] {
  const kept = new Set([...list, ...openAt(outside)].map(formatPort));
  const few = (probes: readonly Probe[]) => probes.filter(({ port }) => kept.has(formatPort(port)));
  return outside.map(({ address, view }) => ({
    address,
    view: view.known ? { ...view, probes: few(view.probes) } : { ...view, partial: few(view.partial) },
  }));
}
