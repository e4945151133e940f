import { comparePorts, distinctRanges, formatRange, isPortNumber, type Port, type PortRange, PROTOCOLS } from './port.ts';

/** Lists of ports as one text: `80/TCP,9000-9100/UDP`. Neighbours make a range, so that 65,535 ports are one word. */

/** The text of a list; the same ports in any order make the same text. */
export function formatPortList(ports: readonly Port[]): string {
  const ranges: PortRange[] = [];
  const sorted = [...ports].sort((a, b) => PROTOCOLS.indexOf(a.protocol) - PROTOCOLS.indexOf(b.protocol) || comparePorts(a, b));
  for (const { number, protocol } of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last.protocol === protocol && number <= last.to + 1) ranges[ranges.length - 1] = { ...last, to: number };
    else ranges.push({ from: number, to: number, protocol });
  }
  return distinctRanges(ranges).map(formatRange).join(',');
}

/** The ports of a text, in its order; a number alone is TCP. What is wrong with it is a problem that says what to write. */
export function parsePortList(text: string): readonly Port[] | { readonly problem: string } {
  const ports: Port[] = [];
  for (const word of text === '' ? [] : text.split(',')) {
    const [, first, last = first, protocol = 'TCP'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/([A-Z]+))?$/.exec(word) ?? [];
    const known = PROTOCOLS.find((one) => one === protocol);
    const [from, to] = [Number(first), Number(last)];
    if (known === undefined || !isPortNumber(from) || !isPortNumber(to) || from > to)
      return { problem: `"${word}" is no port: write 80, 80/TCP or 9000-9100/UDP` };
    for (let number = from; number <= to; number += 1) ports.push({ number, protocol: known });
  }
  return ports;
}
