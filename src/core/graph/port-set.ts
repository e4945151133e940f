import { formatRange, type PortRange, PROTOCOLS } from '../port.ts';

/** Ports as ranges that do not overlap, sorted by protocol and number: the same ports are the same list. */
export type PortSet = readonly PortRange[];

const LAST = 65535;

/** Every port of every protocol. */
export const EVERY_PORT: PortSet = PROTOCOLS.map((protocol) => ({ from: 1, to: LAST, protocol }));

/** The ports of any ranges; neighbours become one. */
export function portSet(ranges: readonly PortRange[]): PortSet {
  return PROTOCOLS.flatMap((protocol) => {
    const merged: PortRange[] = [];
    for (const range of ranges.filter((one) => one.protocol === protocol).sort((a, b) => a.from - b.from)) {
      const last = merged.at(-1);
      if (last !== undefined && range.from <= last.to + 1) merged[merged.length - 1] = { ...last, to: Math.max(last.to, range.to) };
      else merged.push(range);
    }
    return merged;
  });
}

/** The ports that are in both. */
export function both(a: PortSet, b: PortSet): PortSet {
  return portSet(
    a.flatMap((one) =>
      b.flatMap((other) => {
        const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
        return one.protocol === other.protocol && from <= to ? [{ from, to, protocol: one.protocol }] : [];
      }),
    ),
  );
}

/** The ports of the first that are not in the second. */
export function without(a: PortSet, b: PortSet): PortSet {
  return b.reduce<PortSet>(
    (left, hole) =>
      left.flatMap((one) => {
        if (one.protocol !== hole.protocol || hole.to < one.from || one.to < hole.from) return [one];
        return [
          ...(one.from < hole.from ? [{ ...one, to: hole.from - 1 }] : []),
          ...(hole.to < one.to ? [{ ...one, from: hole.to + 1 }] : []),
        ];
      }),
    a,
  );
}

/** `8080/TCP, 9000-9100/UDP`, `every TCP port`, `every port`. */
export function portSetWords(ports: PortSet): string {
  const isWhole = ({ from, to }: PortRange) => from === 1 && to === LAST;
  if (ports.length === PROTOCOLS.length && ports.every(isWhole)) return 'every port';
  return ports.map((range) => (isWhole(range) ? `every ${range.protocol} port` : formatRange(range))).join(', ');
}
