import type { PodScan } from '../app/scan.ts';
import type { Finding } from '../core/finding.ts';
import { formatPort } from '../core/port.ts';
import { printable } from '../core/printable.ts';
import { colors } from './color.ts';
import { type Column, fitColumns } from './fit-columns.ts';
import type { Io } from './io.ts';
import { table } from './table.ts';

type Scanned = Extract<PodScan, { outcome: 'scanned' }>;
type Terminal = Pick<Io, 'color' | 'columns' | 'err'>;

const SHORTEST_NAME = 8;

const OPEN_PORTS: readonly Column[] = [
  { header: 'Namespace', shortest: SHORTEST_NAME },
  { header: 'Pod', shortest: SHORTEST_NAME },
  { header: 'Open Ports' },
  { header: 'Protocol' },
  { header: 'Authorized Ports' },
];

/** The table of the running example: every open port, and whether the template authorizes it. */
export function openPortTable(scans: readonly PodScan[], io: Terminal): string {
  const { green, red } = colors(io);
  const rows = scanned(scans).flatMap(({ pod, findings }) =>
    findings
      .filter(isOpen)
      .map(({ port, authorized }) => [
        printable(pod.namespace),
        printable(pod.name),
        String(port.number),
        port.protocol,
        authorized === undefined ? red('✗') : green('✓'),
      ]),
  );
  return fittedTable(OPEN_PORTS, rows, io);
}

/** The verdict says the most; what it was made from goes first where there is no room. */
const WIDE: readonly Column[] = [
  { header: 'NAMESPACE', shortest: SHORTEST_NAME },
  { header: 'POD', shortest: SHORTEST_NAME },
  { header: 'PORT' },
  { header: 'PROCESS', shortest: SHORTEST_NAME, leaveOut: 2 },
  { header: 'DECLARED', leaveOut: 3 },
  { header: 'AUTHORIZED', shortest: SHORTEST_NAME },
  { header: 'LISTENING', shortest: SHORTEST_NAME },
  { header: 'REACHABLE' },
  { header: 'VERDICT' },
  { header: 'SEEN BY', shortest: SHORTEST_NAME, leaveOut: 1 },
];

/** Everything that is known of each port, and by which ways it was seen. */
export function wideTable(scans: readonly PodScan[], io: Terminal): string {
  const rows = scanned(scans).flatMap(({ pod, findings }) =>
    findings.map((finding) => [
      printable(pod.namespace),
      printable(pod.name),
      formatPort(finding.port),
      printable(finding.process ?? '-'),
      finding.declared ? 'yes' : 'no',
      printable(finding.authorized ?? 'no'),
      printable(listeningText(finding)),
      finding.listening === 'loopback' && finding.reachable !== 'yes' ? '-' : finding.reachable,
      painted(finding, io),
      finding.seenBy.join(', ') || '-',
    ]),
  );
  return fittedTable(WIDE, rows, io);
}

function fittedTable(columns: readonly Column[], rows: readonly string[][], io: Terminal): string {
  const { header, rows: fitted, gap, left } = fitColumns(columns, rows, io.columns);
  if (left.length > 0) io.err(`left out for want of room: ${left.join(', ')} (a wider terminal, a pipe or -o json has them)\n`);
  return table(header, fitted, gap);
}

/** The same facts for machines. */
export function scanValue(scans: readonly PodScan[]): readonly object[] {
  return scans.map((scan) =>
    scan.outcome === 'discarded'
      ? { namespace: scan.pod.namespace, pod: scan.pod.name, outcome: scan.outcome, reason: scan.reason }
      : {
          namespace: scan.pod.namespace,
          pod: scan.pod.name,
          outcome: scan.outcome,
          findings: scan.findings.map((finding) => ({ ...finding, port: formatPort(finding.port) })),
          gaps: scan.gaps.map((gap) => ({ ...gap, port: formatPort(gap.port) })),
        },
  );
}

/** Something listens for others, or answered. */
function isOpen({ listening, reachable }: Finding): boolean {
  return listening === 'yes' || reachable === 'yes';
}

function scanned(scans: readonly PodScan[]): Scanned[] {
  return scans.filter((scan): scan is Scanned => scan.outcome === 'scanned');
}

function listeningText({ listening, addresses }: Finding): string {
  return addresses.length > 0
    ? addresses
        .map((address) => (address === '0.0.0.0' || address === '::' ? '*' : address))
        .filter((address, i, all) => all.indexOf(address) === i)
        .join(' ')
    : listening;
}

function painted({ verdict, severity }: Finding, io: Pick<Io, 'color'>): string {
  const { green, red, yellow } = colors(io);
  switch (severity) {
    case 'violation':
      return red(verdict);
    case 'warning':
      return yellow(verdict);
    case 'fine':
      return green(verdict);
    case 'note':
      return verdict;
  }
}
