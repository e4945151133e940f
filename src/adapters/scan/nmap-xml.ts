import { isIPv6 } from 'node:net';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Probe, Reachability } from '../../core/finding.ts';
import { formatPort, isPortNumber, type Port, PROTOCOLS, type Protocol } from '../../core/port.ts';
import { asList, asRecord, textOf } from '../../core/unknown.ts';

/** What a report of nmap tells of one host. `partial`: what is readable of a report that does not count; it proves no port closed. */
export type NmapReading =
  | { readonly whole: true; readonly probes: readonly Probe[] }
  | { readonly whole: false; readonly reason: string; readonly partial: readonly Probe[] };

/** nmap writes a DOCTYPE without entities: none is ever expanded. Attributes stay texts. */
const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
  processEntities: false,
  isArray: (name) => ['host', 'port', 'extraports', 'extrareasons', 'address'].includes(name),
});

/**
 * Reads `nmap -oX`. The report counts only when it is whole (case 20): well-formed to its end, finished with success, exactly one host (at
 * `address`, where that is given: what is told of others is left out), up, not timed out, and as many ports counted as were asked. Never throws.
 * Ports that nmap folded into `extraports` are given back as what they are, where the report says it without doubt, and else as unknown.
 */
export function readNmapXml(text: string, asked: readonly Port[], address?: string): NmapReading {
  const refused = (reason: string): NmapReading => ({ whole: false, reason, partial: rowsIn(textOfHost(text, address)) });
  if (!text.trimEnd().endsWith('</nmaprun>')) return refused('the report of nmap breaks off before its end');
  if (/<!ENTITY/i.test(text)) return refused('the report defines entities, which nmap never does');
  const run = parse(text);
  if (run === undefined) return refused('the report of nmap is no well-formed XML');
  const finished = asRecord(asRecord(run.runstats).finished);
  if (finished.exit !== 'success') return refused(`nmap did not finish with success${detail(textOf(finished.errormsg))}`);
  const all = asList(run.host).map(asRecord);
  const hosts = all.filter((host) =>
    isAt(
      asList(host.address)
        .map(asRecord)
        .map(({ addr }) => textOf(addr)),
      address,
    ),
  );
  const host = hosts[0];
  if (host === undefined) return refused(all.length === 0 ? 'the report names no host' : `the report does not name ${address}`);
  if (hosts.length > 1) return refused(`the report names ${hosts.length} hosts instead of one`);
  const state = textOf(asRecord(host.status).state);
  if (state !== 'up' && state !== '') return refused(`nmap says that the host is ${state === 'down' ? 'down' : 'not up'}`);
  if (host.timedout === 'true') return refused('nmap gave up: the host timed out');
  return readHost(host, asked) ?? refused('the report does not account for every port that was asked');
}

/** Whether a host with these addresses is the one that was asked; one of which none is told is. */
function isAt(addresses: readonly string[], address: string | undefined): boolean {
  return address === undefined || addresses.length === 0 || addresses.map(canonical).includes(canonical(address));
}

/** One text for all texts of an IPv6 address. */
function canonical(address: string): string {
  return isIPv6(address) && !address.includes('%') ? new URL(`http://[${address}]/`).hostname : address;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return XMLValidator.validate(text) === true ? asRecord(asRecord(PARSER.parse(text)).nmaprun) : undefined;
  } catch {
    return undefined;
  }
}

function detail(message: string): string {
  return message === '' ? '' : `: ${message}`;
}

/** The probes of a host whose count is right; undefined where ports are missing, twice, or unreadable, or none was asked. */
function readHost(host: Readonly<Record<string, unknown>>, asked: readonly Port[]): NmapReading | undefined {
  const ports = asRecord(host.ports);
  const listed = asList(ports.port).map(readRow);
  const folds = asList(ports.extraports).map(readFold);
  if (listed.includes(undefined) || folds.includes(undefined)) return undefined;
  const byPort = new Map(listed.flatMap((probe) => (probe === undefined ? [] : [[formatPort(probe.port), probe]])));
  const folded = folds.flatMap((fold) => (fold === undefined ? [] : [fold]));
  const counted = folded.reduce((sum, { count }) => sum + count, byPort.size);
  if (byPort.size !== listed.length || counted !== asked.length || counted === 0) return undefined;
  const ofFold = foldedState(folded);
  const probes = asked.map((port) => byPort.get(formatPort(port)) ?? { port, reachability: ofFold(port) });
  const missing = asked.filter((port) => !byPort.has(formatPort(port))).length;
  return missing === counted - byPort.size ? { whole: true, probes } : undefined;
}

interface Fold {
  readonly reachability: Reachability;
  readonly count: number;
  readonly ranges: readonly FoldRange[];
}

interface FoldRange {
  readonly from: number;
  readonly to: number;
  readonly protocol: Protocol;
}

function readFold(value: unknown): Fold | undefined {
  const fold = asRecord(value);
  const count = readCount(textOf(fold.count));
  const reachability = reachabilityOf(textOf(fold.state));
  if (count === undefined || reachability === undefined) return undefined;
  const ranges = asList(fold.extrareasons).flatMap(readRanges);
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0) > count ? undefined : { reachability, count, ranges };
}

/** `ports="1-79,81"` and `proto="tcp"`; older versions write neither. */
function readRanges(value: unknown): FoldRange[] {
  const { ports, proto } = asRecord(value);
  const protocol = protocolOf(textOf(proto));
  if (protocol === undefined) return [];
  return textOf(ports)
    .split(',')
    .flatMap((text) => {
      const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
      return from === undefined ? [] : [{ from: Number(from), to: Number(to ?? from), protocol }];
    });
}

/** The state of a port that is not listed: by the fold that names it, or the only one there is. Where several name it, nobody can tell. */
function foldedState(folds: readonly Fold[]): (port: Port) => Reachability {
  return ({ number, protocol }) => {
    const naming = folds.filter(({ ranges }) =>
      ranges.some((range) => range.protocol === protocol && range.from <= number && number <= range.to),
    );
    const [only, ...others] = naming.length === 0 ? folds : naming;
    return only === undefined || others.length > 0 ? 'unknown' : only.reachability;
  };
}

function readRow(value: unknown): Probe | undefined {
  const row = asRecord(value);
  return probeOf(textOf(row.protocol), textOf(row.portid), textOf(asRecord(row.state).state));
}

function probeOf(protocolText: string, numberText: string, state: string): Probe | undefined {
  const protocol = protocolOf(protocolText);
  const number = readCount(numberText);
  const reachability = reachabilityOf(state);
  if (protocol === undefined || !isPortNumber(number) || reachability === undefined) return undefined;
  return { port: { number, protocol }, reachability };
}

/** The states of nmap. `open|filtered` is no answer, and so no proof (case 19); nor are `unfiltered` and `closed|filtered`. */
const STATES: Readonly<Record<string, Reachability>> = {
  open: 'open',
  closed: 'closed',
  filtered: 'filtered',
  unfiltered: 'unknown',
  'open|filtered': 'unknown',
  'closed|filtered': 'unknown',
};

/** Undefined for a word that is no state of nmap. */
function reachabilityOf(state: string): Reachability | undefined {
  return Object.hasOwn(STATES, state) ? STATES[state] : undefined;
}

function protocolOf(text: string): Protocol | undefined {
  return PROTOCOLS.find((protocol) => protocol.toLowerCase() === text);
}

function readCount(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** The part of a text that tells of the host at this address; all of it where none is given. */
function textOfHost(text: string, address: string | undefined): string {
  const hosts = text.split(/(?=<host[\s>])/);
  const addressesIn = (host: string) => [...host.matchAll(/<address [^<>]*\baddr=["']([^"'<>]*)["']/g)].map(([, addr = '']) => addr);
  return hosts.filter((host) => isAt(addressesIn(host), address)).join('');
}

/** The complete rows of a text that may break off anywhere. */
function rowsIn(text: string): Probe[] {
  const rows = text.matchAll(/<port ([^<>]*)>\s*<state ([^<>]*)>/g);
  return [...rows].flatMap(([, port = '', state = '']) => {
    const word = (attributes: string, pattern: RegExp) => pattern.exec(attributes)?.[1] ?? '';
    return (
      probeOf(word(port, /\bprotocol=["']([a-z]+)["']/), word(port, /\bportid=["'](\d+)["']/), word(state, /\bstate=["']([a-z|]+)["']/)) ??
      []
    );
  });
}
