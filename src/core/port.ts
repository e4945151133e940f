/** A port is a number and a protocol, always both: `80/TCP`. Without a protocol it is TCP, as in the Kubernetes API. */
export const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Port {
  readonly number: number;
  readonly protocol: Protocol;
}

/** An inclusive range of ports of one protocol; a single port has `from === to`. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
  readonly protocol: Protocol;
}

/** Whether the value is a port number: an integer from 1 to 65535 (RFC 6335; never cast, rounded or wrapped). */
export function isPortNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
}

/** `80/TCP`. Two ports are the same exactly when this text is the same. */
export function formatPort(port: Port): string {
  return `${port.number}/${port.protocol}`;
}

/** `80/TCP`, or `9000-9100/UDP` for more than one port. */
export function formatRange(range: PortRange): string {
  return range.from === range.to ? `${range.from}/${range.protocol}` : `${range.from}-${range.to}/${range.protocol}`;
}

/** Whether the range holds the port; both ends belong to it (case 05). */
export function rangeHolds(range: PortRange, port: Port): boolean {
  return range.protocol === port.protocol && range.from <= port.number && port.number <= range.to;
}

/** Orders by number, then by protocol (TCP, UDP, SCTP): the order of every list of ports that a person reads. */
export function comparePorts(a: Port, b: Port): number {
  return a.number - b.number || PROTOCOLS.indexOf(a.protocol) - PROTOCOLS.indexOf(b.protocol);
}

/** Orders by protocol, then by first and last port: canonical for generated policies. */
function compareRanges(a: PortRange, b: PortRange): number {
  return PROTOCOLS.indexOf(a.protocol) - PROTOCOLS.indexOf(b.protocol) || a.from - b.from || a.to - b.to;
}

/** The ranges sorted, each once. Neighbours are never merged: one entry of the template stays one entry of the policy. */
export function distinctRanges(ranges: readonly PortRange[]): PortRange[] {
  const byText = new Map(ranges.map((range) => [formatRange(range), range]));
  return [...byText.values()].sort(compareRanges);
}
