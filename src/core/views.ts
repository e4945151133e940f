import { isLoopback } from './address.ts';
import type { AddressView, InsideView, Listener, OutsideView, Probe } from './finding.ts';
import { formatPort, type Port } from './port.ts';
import type { Listening, Reachable } from './verdict.ts';

/** Questions to the two views of a pod. */

/** The sockets that accept traffic on this port; none where the view is not known. */
export function listenersAt(view: InsideView, port: Port): Listener[] {
  return view.known ? view.listeners.filter((listener) => formatPort(listener.port) === formatPort(port)) : [];
}

/** What the inside view says of a port. IPv4 and IPv6 listeners of one port are one: it is local only where all of them are, at no address of the pod. */
export function listeningAt(view: InsideView, port: Port, podAddresses: readonly string[] = []): Listening {
  if (!view.known) return 'unknown';
  const listeners = listenersAt(view, port);
  if (listeners.length === 0) return 'no';
  return listeners.every(({ address }) => isLoopback(address) && !podAddresses.includes(address)) ? 'loopback' : 'yes';
}

/** What an outside view saw, be it whole or not. */
export function probesOf(view: OutsideView): readonly Probe[] {
  return view.known ? view.probes : view.partial;
}

/**
 * Answers for each port whether a stranger reaches it at any address of the pod. An answer counts also in a view that broke off; no answer
 * counts only where the views of all addresses are whole and probed the port.
 */
export function reachability(outside: readonly AddressView[]): (port: Port) => Reachable {
  const views = outside.map(({ view }) => ({
    known: view.known,
    states: new Map(probesOf(view).map(({ port, reachability }) => [formatPort(port), reachability])),
  }));
  const open = new Set(openAt(outside).map(formatPort));
  return (port) => {
    const key = formatPort(port);
    if (open.has(key)) return 'yes';
    const shut = views.filter(({ known, states }) => known && (states.get(key) === 'closed' || states.get(key) === 'filtered'));
    return views.length > 0 && shut.length === views.length ? 'no' : 'unknown';
  };
}

/** The ports that answered at some address, each once, be the views whole or not. */
export function openAt(outside: readonly AddressView[]): Port[] {
  const open = outside.flatMap(({ view }) => probesOf(view).flatMap(({ port, reachability }) => (reachability === 'open' ? [port] : [])));
  return [...new Map(open.map((port) => [formatPort(port), port])).values()];
}

/** Why a view is missing, in words; empty where both are whole. */
export function blindness(inside: InsideView, outside: readonly AddressView[]): string {
  const reasons = outside.flatMap(({ address, view }) => (view.known ? [] : [`outside, at ${address}: ${view.reason}`]));
  return [
    ...(inside.known ? [] : [`inside: ${inside.reason}`]),
    ...(outside.length === 0 ? ['outside: not probed'] : [...new Set(reasons)]),
  ].join('; ');
}

/** By which ways the pod was seen: the inside source, then the engines outside; only those that knew. */
export function seenBy(inside: InsideView, outside: readonly AddressView[]): string[] {
  const engines = outside.flatMap(({ view }) => (view.known ? [view.engine] : []));
  return [...(inside.known ? [inside.via] : []), ...new Set(engines)];
}
