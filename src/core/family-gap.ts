import { familyOf, isLoopback } from './address.ts';
import type { AddressView, InsideView, Probe } from './finding.ts';
import { comparePorts, formatPort, type Port } from './port.ts';
import { listenersAt, probesOf } from './views.ts';

/** A port that answers at one address of the pod and is shut at another: the agent of the node may enforce one family only. */
export interface FamilyGap {
  readonly port: Port;
  readonly openAt: readonly string[];
  readonly shutAt: readonly string[];
}

/**
 * The ports of a pod with several addresses for which a policy works at some of them only. A filtered probe is always the work of a policy; a
 * refused one only where the inside view shows a listener of that family, since many programs listen on one family.
 */
export function familyGaps(inside: InsideView, outside: readonly AddressView[]): FamilyGap[] {
  const probes = outside.flatMap(({ address, view }) => (view.known ? probesOf(view).map((probe) => ({ ...probe, address })) : []));
  const open = new Map(probes.flatMap((probe) => (probe.reachability === 'open' ? [[formatPort(probe.port), probe.port]] : [])));
  return [...open.values()].sort(comparePorts).flatMap((port) => {
    const here = probes.filter((probe) => formatPort(probe.port) === formatPort(port));
    const openAt = here.flatMap(({ reachability, address }) => (reachability === 'open' ? [address] : []));
    const shutAt = here.flatMap((probe) => (isShutByPolicy(probe, inside) ? [probe.address] : []));
    return shutAt.length === 0 ? [] : [{ port, openAt, shutAt }];
  });
}

function isShutByPolicy({ port, reachability, address }: Probe & { readonly address: string }, inside: InsideView): boolean {
  if (reachability === 'filtered') return true;
  if (reachability !== 'closed') return false;
  return listenersAt(inside, port).some((one) => !isLoopback(one.address) && familyOf(one.address) === familyOf(address));
}
