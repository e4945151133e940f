import type { DocumentNode, ScalarNode } from '../document.ts';
import { listWords, nearestWord } from '../nearest.ts';
import { formatRange, isPortNumber, type PortRange, PROTOCOLS, type Protocol } from '../port.ts';
import { described, listOf, report, type Shape, type Spot, wrongKind } from './shape.ts';

const WANTED = 'a port like 8080, 8080/TCP or 9000-9100/UDP';
const PORT_TEXT = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/;

/** `8080` (TCP), `8080/TCP`, `9000-9100/UDP`. */
const port: Shape<PortRange> = described(
  {
    schema: {
      anyOf: [
        { type: 'integer', minimum: 1, maximum: 65535 },
        { type: 'string', pattern: `^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?(/(${PROTOCOLS.join('|')}))?$` },
      ],
    },
    read: (node, spot) => {
      if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'boolean') return notAPort(node, spot);
      if (typeof node.value === 'number') return readNumber(node, node.value, spot);
      return readText(node, node.value, spot);
    },
  },
  'A port or a range of ports, with its protocol. Without a protocol it is TCP, as in the Kubernetes API.',
  8080,
  '53/UDP',
  '9000-9100/TCP',
);

/** A list of ports. Empty: closed. */
export const ports: Shape<readonly PortRange[]> = listOf(port);

/** Numbers mean what they say only in plain decimal; every other notation is read differently by different YAML readers (case 23). */
function readNumber(node: ScalarNode, value: number, spot: Spot): PortRange | undefined {
  if (!/^-?(0|[1-9]\d*)$/.test(node.raw))
    return report(spot, node.place, `${node.raw} ${otherReading(node.raw, value)}; write ${advice(node.raw, value)}`);
  if (!isPortNumber(value)) return outOfRange(node, node.raw, spot);
  return { from: value, to: value, protocol: 'TCP' };
}

function otherReading(raw: string, value: number): string {
  const decimal = raw.replace(/^[-+]?0+(?=\d)/, '');
  if (/^[-+]?0[0-7]+$/.test(raw)) return `is ${value} (octal) to kubectl and ${decimal} to readers of YAML 1.2`;
  if (/^[-+]?0/.test(raw) && /^\d+$/.test(decimal)) return `is ${value} to kubectl and a text to other readers`;
  return `is the number ${value} to kubectl and a text or a fraction to other readers`;
}

function advice(raw: string, value: number): string {
  const readings = [value, ...(/^0[0-7]+$/.test(raw) ? [Number(raw)] : [])].filter(isPortNumber);
  return readings.length > 0 ? listWords([...new Set(readings.map(String))]) : WANTED;
}

function readText(node: ScalarNode, written: string, spot: Spot): PortRange | undefined {
  const match = PORT_TEXT.exec(written);
  if (match === null) return notAPort(node, spot);
  const [, fromText = '', toText = fromText, protocolText = 'TCP'] = match;
  for (const number of new Set([fromText, toText])) {
    if (/^0\d/.test(number))
      return report(spot, node.place, `"${written}" has a leading zero, which is octal to some readers; leave it out`);
    if (!isPortNumber(Number(number))) return outOfRange(node, number, spot);
  }
  const from = Number(fromText);
  const to = Number(toText);
  const protocol = PROTOCOLS.find((known) => known === protocolText);
  if (protocol === undefined) return unknownProtocol(node, { from, to, protocolText }, spot);
  if (from <= to) return { from, to, protocol };
  return report(spot, node.place, `"${written}" runs backward; write ${formatRange({ from: to, to: from, protocol })}`);
}

interface Unspoken {
  readonly from: number;
  readonly to: number;
  readonly protocolText: string;
}

function unknownProtocol(node: ScalarNode, { from, to, protocolText }: Unspoken, spot: Spot): undefined {
  const near = nearestWord(protocolText, PROTOCOLS);
  const protocol = PROTOCOLS.find((known) => known === near);
  const fix = protocol === undefined ? `write ${listWords(PROTOCOLS)}` : `write ${formatRange({ from, to, protocol })}`;
  return report(spot, node.place, `"${protocolText}" is no protocol; ${fix}`);
}

function outOfRange(node: ScalarNode, written: string, spot: Spot): undefined {
  return report(spot, node.place, `${written} is no port; ports go from 1 to 65535`);
}

function notAPort(node: DocumentNode, spot: Spot): undefined {
  const meant = node.kind === 'scalar' ? meantByText(node.raw) : node.kind === 'map' ? meantByMap(node) : undefined;
  if (node.kind === 'scalar' && /^\d+(:[0-5]?\d)+$/.test(node.raw)) {
    return report(
      spot,
      node.place,
      `${node.raw} is ${sexagesimal(node.raw)} to readers of YAML 1.1 (base 60) and a text to kubectl; write ${WANTED}`,
    );
  }
  if (meant === undefined) return wrongKind(spot, node, WANTED);
  const written = node.kind === 'scalar' ? `"${node.raw}"` : 'a map';
  return report(spot, node.place, `${written} is not how a port is written; write ${formatRange(meant)}`);
}

function sexagesimal(raw: string): number {
  return raw.split(':').reduce((sum, digits) => sum * 60 + Number(digits), 0);
}

/** `TCP/80`, `80:tcp`, `80 / UDP`, `9000:9100`, `9000..9100`: what other tools write. */
function meantByText(raw: string): PortRange | undefined {
  const protocol = protocolIn(raw);
  const numbers = (raw.match(/\d+/g) ?? []).map(Number);
  const rest = raw.replace(/\d+/g, '').replace(/[a-z]+/gi, '');
  const [from, to = from] = numbers;
  if (protocol === undefined || numbers.length > 2 || !/^[-\s:./]*$/.test(rest)) return undefined;
  if (!isPortNumber(from) || !isPortNumber(to)) return undefined;
  return { from: Math.min(from, to), to: Math.max(from, to), protocol };
}

function protocolIn(raw: string): Protocol | undefined {
  const letters = raw.match(/[a-z]+/gi) ?? [];
  if (letters.length > 1) return undefined;
  return letters[0] === undefined ? 'TCP' : PROTOCOLS.find((known) => known === letters[0]?.toUpperCase());
}

/** `{port: 8080, protocol: TCP}`, as in a NetworkPolicy or a container. */
function meantByMap(node: DocumentNode & { kind: 'map' }): PortRange | undefined {
  const scalar = (...keys: readonly string[]): string =>
    node.entries.flatMap(({ key, value }) => (keys.includes(key) && value.kind === 'scalar' ? [value.raw] : []))[0] ?? '';
  const range = scalar('range') || scalar('port', 'containerPort', 'number');
  const last = scalar('endPort');
  return range === '' ? undefined : meantByText(`${range}${last === '' ? '' : `-${last}`} ${scalar('protocol')}`.trim());
}
