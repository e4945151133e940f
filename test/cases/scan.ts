import { readNmapXml } from '../../src/adapters/scan/nmap-xml.ts';
import { readDocuments } from '../../src/adapters/yaml/read.ts';
import { toValue } from '../../src/core/document.ts';
import type { Finding, InsideView, OutsideView } from '../../src/core/finding.ts';
import { findings } from '../../src/core/pod-findings.ts';
import { formatPort, type Port, PROTOCOLS } from '../../src/core/port.ts';
import { DEFAULT_EPHEMERAL, type ProcNetReading, readProcNet } from '../../src/core/proc-net.ts';
import { asRecord, textOf } from '../../src/core/unknown.ts';
import { declaredPorts, isWorkloadKind } from '../../src/core/workload.ts';
import { readWorkload } from '../../src/core/workload-reading.ts';
import { type CaseFolder, differs, type Problems, setsDiffer, texts } from './case-folder.ts';

/** What is known of the pod of a case: what it declares, and one view of it. */
interface Seen {
  readonly declared: readonly Port[];
  readonly inside: InsideView;
  readonly outside: OutsideView | undefined;
}

/** A running pod as a scanner or its proc files show it. To the cases a port is permitted when it is declared. */
export function runScan(folder: CaseFolder): Problems {
  const wanted = asRecord(folder.expected.scan);
  const pod = asRecord(folder.json('pod.json') ?? asRecord(folder.json('scan.json')).pod);
  const declared = pod.declared === undefined ? declaredIn(folder) : texts(pod.declared).map(portOf);
  const seen = view(folder, declared);
  const whole = seen.outside === undefined ? seen.inside.known : seen.outside.known;
  const actual = actualScan(seen, textOf(asRecord(folder.json('pod.json')).address));
  const sets = ['open', 'undeclared', 'unknown', 'filtered', 'declaredButClosed', 'loopbackOnly', 'partialOpen'] as const;
  const verdict = !whole ? 'error' : actual.undeclared.length > 0 ? 'finding' : 'clean';
  return [
    ...differs('status', whole ? 'complete' : 'incomplete', wanted.status),
    // A case of two modes has one verdict for both: then the scan is what its lists say.
    ...(folder.mode === 'scan' ? differs('verdict', verdict, folder.expected.verdict) : []),
    ...sets.flatMap((name) => (Array.isArray(wanted[name]) ? setsDiffer(name, actual[name], texts(wanted[name])) : [])),
    // Of a scan that is not whole nobody knows what is undeclared.
    ...(wanted.undeclared === undefined ? [] : differs('undeclared is known', whole, wanted.undeclared !== null)),
    ...notListening(seen, wanted.notListening),
    ...texts(wanted.mustNot).flatMap((word) => claimed(word, seen, verdict)),
    ...compareAddresses(folder, asRecord(folder.expected.addresses)),
  ];
}

type Lists = Readonly<
  Record<'open' | 'undeclared' | 'unknown' | 'filtered' | 'declaredButClosed' | 'loopbackOnly' | 'partialOpen', string[]>
>;

function actualScan({ declared, inside, outside }: Seen, address: string): Lists {
  const known = new Set(declared.map(formatPort));
  const found = findings({
    declared,
    ended: [],
    authorized: (port) => (known.has(formatPort(port)) ? 'declared' : undefined),
    inside,
    previous: inside,
    outside: outside === undefined ? [] : [{ address, view: outside }],
    hostNetwork: false,
  });
  const ports = (fits: (finding: Finding) => boolean) => found.filter(fits).map(({ port }) => formatPort(port));
  const probes = outside?.known === true ? outside.probes : [];
  const partial = outside?.known === false ? outside.partial : [];
  const probed = (list: typeof probes, state: string) =>
    list.filter(({ reachability }) => reachability === state).map(({ port }) => formatPort(port));
  return {
    open: ports(({ listening, reachable }) => listening === 'yes' || reachable === 'yes'),
    undeclared: ports(({ verdict, severity }) => verdict !== 'local' && (severity === 'violation' || severity === 'warning')),
    unknown: probed(probes, 'unknown'),
    filtered: probed(probes, 'filtered'),
    declaredButClosed: [...ports(({ verdict }) => verdict === 'silent'), ...probed(probes, 'closed').filter((port) => known.has(port))],
    loopbackOnly: ports(({ verdict }) => verdict === 'local'),
    partialOpen: probed(partial, 'open'),
  };
}

function view(folder: CaseFolder, declared: readonly Port[]): Seen {
  const unseen = { known: false, reason: 'the case shows no sockets' } as const;
  const report = folder.files.find((file) => file.endsWith('.xml'));
  if (report !== undefined) return { declared, inside: unseen, outside: outsideOf(folder.text(report), declared, addressOf(folder)) };
  const listed = asRecord(folder.json('scan.json')).open;
  if (listed !== undefined) {
    const probes = texts(listed).map((text) => ({ port: portOf(text), reachability: 'open' as const }));
    return { declared, inside: unseen, outside: { known: true, engine: 'case', probes } };
  }
  return { declared, inside: insideOf(folder), outside: undefined };
}

/** The address of the pod by which the report names it; one that the case does not tell is that of whichever host there is. */
function addressOf(folder: CaseFolder): string | undefined {
  return texts(asRecord(folder.json('pod.json')).podIPs)[0];
}

/** Which ports were asked is not in the case; the report itself tells how many at the pod, and which of them it lists. */
function outsideOf(text: string, declared: readonly Port[], address: string | undefined): OutsideView {
  const hosts = text.split(/(?=<host\s*>|<host\s)/);
  const ofPod = hosts.filter((host) => address === undefined || !host.includes('<address ') || host.includes(`addr="${address}"`)).join('');
  const rows = [...ofPod.matchAll(/<port protocol="([a-z]+)" portid="(\d+)"/g)];
  const named = rows.flatMap(([, protocol = '', number = '']) => portOf(`${number}/${protocol.toUpperCase()}`));
  const counts = [...ofPod.matchAll(/<extraports [^>]*count="(\d+)"/g)];
  const folded = counts.reduce((sum, [, count]) => sum + Number(count), 0);
  const asked = new Map([...named, ...(folded > 0 ? declared : [])].map((port) => [formatPort(port), port]));
  for (let number = 1; asked.size < rows.length + folded; number += 1) asked.set(`${number}/TCP`, { number, protocol: 'TCP' });
  const reading = readNmapXml(text, [...asked.values()], address);
  if (!reading.whole) return { known: false, engine: 'nmap', reason: reading.reason, partial: reading.partial };
  const listed = new Set(named.map(formatPort));
  const probes = reading.probes.filter(({ port }) => listed.has(formatPort(port)) || declared.some((one) => same(one, port)));
  return { known: true, engine: 'nmap', probes };
}

function same(a: Port, b: Port): boolean {
  return formatPort(a) === formatPort(b);
}

function insideOf(folder: CaseFolder): InsideView {
  const files = folder.files.filter((file) => /^(tcp|udp)6?\.txt$/.test(file));
  const readings = files.map((file) => readingOf(folder, file));
  if (files.length === 0 || readings.some(({ odd }) => odd > 0)) return { known: false, reason: 'the proc files cannot be read' };
  return { known: true, via: 'proc', listeners: readings.flatMap(({ sockets }) => sockets.map(({ listener }) => listener)) };
}

function readingOf(folder: CaseFolder, file: string): ProcNetReading {
  const protocol = file.startsWith('udp') ? 'UDP' : 'TCP';
  return readProcNet(folder.text(file), { protocol, ephemeral: DEFAULT_EPHEMERAL });
}

/** The ports of the manifests that stand beside the scan. */
function declaredIn(folder: CaseFolder): Port[] {
  const manifests = folder.files.filter((file) => /\.ya?ml$/.test(file));
  return manifests.flatMap((file) =>
    readDocuments({ document: file, text: folder.text(file) }).documents.flatMap((document) => {
      const value = asRecord(toValue(document));
      const group = textOf(value.apiVersion).includes('/') ? (textOf(value.apiVersion).split('/')[0] ?? '') : '';
      if (!isWorkloadKind(group, textOf(value.kind))) return [];
      return declaredPorts(readWorkload(textOf(value.kind), value, '').workload).map(({ declared }) => declared.port);
    }),
  );
}

function portOf(text: string): Port {
  const [number, name] = text.split('/');
  const protocol = PROTOCOLS.find((one) => one === name);
  if (protocol === undefined) throw new Error(`${text} is no port`);
  return { number: Number(number), protocol };
}

function notListening({ inside }: Seen, numbers: unknown): Problems {
  const listening = new Set(inside.known ? inside.listeners.map(({ port }) => port.number) : []);
  return (Array.isArray(numbers) ? numbers : []).flatMap((number) => (listening.has(number) ? [`${number} is said to listen`] : []));
}

/** What must not be said of a scan. */
function claimed(word: string, { outside }: Seen, verdict: string): Problems {
  const closed = /^report (\S+) as closed$/.exec(word)?.[1];
  const probes = outside?.known === false ? outside.partial : (outside?.probes ?? []);
  const said =
    (word === 'report clean' || word === 'exit with 0' ? verdict === 'clean' : false) ||
    probes.some(({ port, reachability }) => formatPort(port) === closed && reachability === 'closed');
  return said ? [`did ${word}`] : [];
}

/** `tcp6.txt sl 2`: the address of that line. A v4-mapped address is that IPv4 address to the product. */
function compareAddresses(folder: CaseFolder, wanted: Readonly<Record<string, unknown>>): Problems {
  return Object.entries(wanted).flatMap(([place, address]) => {
    const [, file = '', slot = ''] = /^(\S+) sl (\d+)$/.exec(place) ?? [];
    const line =
      folder
        .text(file)
        .split('\n')
        .find((one) => one.trim().startsWith(`${slot}: `)) ?? '';
    const options = { protocol: file.startsWith('udp') ? 'UDP' : 'TCP', ephemeral: DEFAULT_EPHEMERAL } as const;
    const [socket] = readProcNet(line, options).sockets;
    return differs(place, socket?.listener.address, textOf(address).replace(/^::ffff:(?=\d+\.)/, ''));
  });
}
