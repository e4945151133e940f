import type { PodScan } from '../app/scan.ts';
import type { Finding } from '../core/finding.ts';
import { formatPort } from '../core/port.ts';
import { colors } from './color.ts';
import type { Io } from './io.ts';
import { table } from './table.ts';

type Scanned = Extract<PodScan, { outcome: 'scanned' }>;

/** The table of the running example: every open port, and whether the template authorizes it. */
export function openPortTable(scans: readonly PodScan[], io: Pick<Io, 'color'>): string {
  const { green, red } = colors(io);
  const rows = scanned(scans).flatMap(({ pod, findings }) =>
    findings
      .filter(isOpen)
      .map(({ port, authorized }) => [
        pod.namespace,
        pod.name,
        String(port.number),
        port.protocol,
        authorized === undefined ? red('✗') : green('✓'),
      ]),
  );
  return table(['Namespace', 'Pod', 'Open Ports', 'Protocol', 'Authorized Ports'], rows);
}

/** Everything that is known of each port, for a wide terminal. */
export function wideTable(scans: readonly PodScan[], io: Pick<Io, 'color'>): string {
  const rows = scanned(scans).flatMap(({ pod, findings }) =>
    findings.map((finding) => [
      pod.namespace,
      pod.name,
      formatPort(finding.port),
      finding.process ?? '-',
      finding.declared ? 'yes' : 'no',
      finding.authorized ?? 'no',
      listeningText(finding),
      finding.reachable,
      painted(finding, io),
    ]),
  );
  return table(['NAMESPACE', 'POD', 'PORT', 'PROCESS', 'DECLARED', 'AUTHORIZED', 'LISTENING', 'REACHABLE', 'VERDICT'], rows);
}

/** The same facts for machines. */
export function scanJson(scans: readonly PodScan[]): string {
  const pods = scans.map((scan) =>
    scan.outcome === 'discarded'
      ? { namespace: scan.pod.namespace, pod: scan.pod.name, outcome: scan.outcome, reason: scan.reason }
      : {
          namespace: scan.pod.namespace,
          pod: scan.pod.name,
          outcome: scan.outcome,
          findings: scan.findings.map((finding) => ({ ...finding, port: formatPort(finding.port) })),
          gaps: scan.gaps,
        },
  );
  return `${JSON.stringify(pods, null, 2)}\n`;
}

/** `3 pods, 6 ports: 4 authorized, 2 exposed`, and what could not be said. */
export function scanSummary(scans: readonly PodScan[]): string {
  const all = scanned(scans).flatMap(({ findings }) => findings);
  const verdicts = [...new Set(all.map(({ verdict }) => verdict))].map(
    (verdict) => `${all.filter((finding) => finding.verdict === verdict).length} ${verdict}`,
  );
  const lost = scans.flatMap((scan) => (scan.outcome === 'discarded' ? [`${scan.pod.namespace}/${scan.pod.name}: ${scan.reason}\n`] : []));
  const outside = scanned(scans).flatMap((scan) =>
    scan.outside.flatMap(({ address, view }) =>
      view.known ? [] : [`${scan.pod.namespace}/${scan.pod.name} at ${address}, from outside: not known, because ${view.reason}\n`],
    ),
  );
  return `${scans.length} ${scans.length === 1 ? 'pod' : 'pods'}, ${all.length} ports: ${verdicts.join(', ') || 'none open'}\n${[...lost, ...outside].join('')}`;
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
