import { formatPort, type Port } from './port.ts';

/** What people are told of a quarantine, in Events. */

/** The label was set; nothing is claimed yet. */
export function begunText(ports: readonly Port[]): string {
  return `${openText(ports)}: the pod is labelled for quarantine, so that no allow policy selects it, and is probed until its ports are shut`;
}

/** A whole probe found every port shut. `unprobed`: ports of which no probe can say that they are shut. */
export function shutText(
  place: string,
  shut: { readonly ports: readonly Port[]; readonly unprobed: readonly Port[]; readonly addresses: readonly string[] },
): string {
  const where = shut.addresses.join(' and ');
  const blind = shut.unprobed.length === 0 ? '' : `; of ${listOf(shut.unprobed)} no probe can tell`;
  return `quarantined: ${listOf(shut.ports)} shut at ${where}${blind}. Connections that existed before may live on. To release it: portcullis release ${place} --reason TEXT`;
}

/** No port answers, which proves nothing: `doubt` says why. */
export function unprovenText(silent: { readonly ports: readonly Port[]; readonly addresses: readonly string[] }, doubt: string): string {
  return `labelled for quarantine, and not proven to be shut: no answer of ${listOf(silent.ports)} at ${silent.addresses.join(' and ')}, but ${doubt}`;
}

/** A port that still answers, and the policies that open it. */
export interface StillOpen {
  readonly port: Port;
  readonly address: string;
  readonly openedBy: readonly string[];
}

/** The label is there, and the pod still answers. */
export function stillOpenText(open: readonly StillOpen[]): string {
  const each = open.map(({ port, address, openedBy }) => {
    const why =
      openedBy.length === 0 ? 'and no policy opens it: policies may not be enforced' : `opened by NetworkPolicy ${openedBy.join(', ')}`;
    return `${formatPort(port)} at ${address}, ${why}`;
  });
  return `not shut, though labelled for quarantine: ${each.join('; ')}`;
}

/** It should be in quarantine, and cannot be. */
export function impossibleText(ports: readonly Port[], reason: string): string {
  return `${openText(ports)}, and cannot be quarantined: ${reason}`;
}

/** Somebody released the pod. */
export function liftedText(release: { readonly requestedBy: string; readonly reason: string; readonly ports: readonly Port[] }): string {
  const again =
    release.ports.length === 0
      ? 'any port that is found open quarantines it again'
      : `another port than ${listOf(release.ports)} quarantines it again`;
  return `released from quarantine by ${release.requestedBy}: ${release.reason} (${again})`;
}

function openText(ports: readonly Port[]): string {
  return `${listOf(ports)} ${ports.length === 1 ? 'is open, though nobody authorized it' : 'are open, though nobody authorized them'}`;
}

function listOf(ports: readonly Port[]): string {
  return ports.map(formatPort).join(', ');
}
