import type { InsideView } from './finding.ts';
import { comparePorts, type Port, type PortRange } from './port.ts';
import { distinctPorts, type ScanSubject } from './scan-subject.ts';

/** A rule may permit 65,535 ports: of a longer range only the ports that somebody declares, hears or asks for are probed. */
const LONGEST_RANGE = 256;

/** The ports to probe from outside: declared, authorized, listening, and those asked for. Each once, sorted. */
export function portsToProbe(subject: ScanSubject, inside: InsideView, extra: readonly Port[]): Port[] {
  const listening = inside.known ? inside.listeners.map(({ port }) => port) : [];
  const authorized = subject.permitted.flatMap(portsOf);
  return distinctPorts([...subject.declared, ...authorized, ...listening, ...extra]).sort(comparePorts);
}

function portsOf({ from, to, protocol }: PortRange): Port[] {
  const length = to - from + 1;
  return length > LONGEST_RANGE ? [] : Array.from({ length }, (_, index) => ({ number: from + index, protocol }));
}
