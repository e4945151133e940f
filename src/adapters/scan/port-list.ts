import { isIP } from 'node:net';
import type { OutsideView } from '../../core/finding.ts';
import { formatPort, type Port, type Protocol } from '../../core/port.ts';
import type { ScanTarget } from '../../ports.ts';

/** The ports of a target by the way in which they can be probed, each once, in the order of the request. */
export interface PortList {
  readonly tcp: readonly Port[];
  readonly udp: readonly Port[];
  /** SCTP: no engine probes it without raw sockets. */
  readonly other: readonly Port[];
}

/** Arranges the ports of a target; `all` is every TCP port. */
export function portList(ports: ScanTarget['ports']): PortList {
  if (ports === 'all') return { tcp: everyTcpPort(), udp: [], other: [] };
  const distinct = [...new Map(ports.map((port) => [formatPort(port), port])).values()];
  const of = (protocol: Protocol) => distinct.filter((port) => port.protocol === protocol);
  return { tcp: of('TCP'), udp: of('UDP'), other: of('SCTP') };
}

/** Made when it is asked for: commands that scan nothing load this module too. */
function everyTcpPort(): Port[] {
  return Array.from({ length: 65535 }, (_, index) => ({ number: index + 1, protocol: 'TCP' }));
}

/** Refuses what is no IP address: a name would be looked up, and a text with a dash would be taken for an option. */
export function refuseAddress(engine: string, address: string): OutsideView | undefined {
  if (isIP(address) !== 0 && !address.includes('%')) return undefined;
  return { known: false, engine, reason: `${JSON.stringify(address)} is no IP address`, partial: [] };
}
