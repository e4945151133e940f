import type { Authority } from '../core/authority.ts';
import type { PodState } from '../core/cluster-state.ts';
import type { Finding } from '../core/finding.ts';
import { formatPort } from '../core/port.ts';
import { podsToScan } from '../core/scan-selection.ts';
import { scanSubject } from '../core/scan-subject.ts';
import type { Announcer, Log, Metrics, Stop } from '../ports.ts';
import { type ScanParts, scanPod } from './scan.ts';
import { makeWorkQueue } from './work-queue.ts';

export interface ScanWatchParts {
  authority(): Authority | undefined;
  /** The pods of a namespace now. */
  pods(namespace: string): readonly PodState[];
  readonly means: Pick<ScanParts, 'scanner' | 'sockets' | 'sweeps'>;
  readonly announce: Pick<Announcer, 'pod'>;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Pods that are scanned at the same time. */
  readonly parallelism: number;
}

/** Scans pods as they start. */
export interface ScanWatch {
  /** A pod is there, changed or gone. A state that was scanned already is not scanned again. */
  podChanged(pod: PodState, gone: boolean): void;
  readonly stop: Stop;
}

/** What was found of one pod, and of which state of it. */
interface Scanned {
  readonly uid: string;
  readonly state: string;
  readonly findings: readonly Finding[];
}

/** The scan after admission: each pod once it runs, again when a container restarts or the addresses change. */
export function watchScans(parts: ScanWatchParts): ScanWatch {
  const results = new Map<string, Scanned>();
  const stopping = new AbortController();
  const queue = makeWorkQueue({
    parallelism: parts.parallelism,
    failed: (pod, error) => parts.log.warn('a pod could not be scanned', { pod, error: error instanceof Error ? error : String(error) }),
    work: (key) => scanKey(key, { ...parts, results, signal: stopping.signal }),
  });
  return {
    podChanged: (pod, gone) => {
      const key = keyOf(pod);
      if (gone || pod.deleting) {
        if (results.delete(key)) recordFindings(parts.metrics, results);
      } else if (pod.running && results.get(key)?.state !== stateOf(pod)) queue.add(key);
    },
    stop: () => {
      stopping.abort();
      return queue.stop();
    },
  };
}

interface Scanning extends ScanWatchParts {
  readonly results: Map<string, Scanned>;
  readonly signal: AbortSignal;
}

async function scanKey(key: string, parts: Scanning): Promise<void> {
  const [namespace = '', name = ''] = key.split('/');
  const find = () => podsToScan(parts.pods(namespace)).scan.find((pod) => pod.name === name);
  const [pod, authority] = [find(), parts.authority()];
  if (pod === undefined || authority === undefined || authority.namespace(namespace).mode === 'off') return;
  if (parts.results.get(key)?.state === stateOf(pod)) return;
  const reread = async () => {
    const now = find();
    return now === undefined ? undefined : scanSubject(now, authority);
  };
  const scan = await scanPod(scanSubject(pod, authority), { ...parts.means, reread }, { signal: parts.signal });
  if (scan.outcome === 'discarded') return parts.log.info('a scan was discarded', { pod: key, reason: scan.reason });
  for (const { address, view } of scan.outside) {
    if (!view.known) parts.log.warn('the outside view is not known', { pod: key, address, reason: view.reason });
  }
  const last = parts.results.get(key);
  const before = last?.uid === scan.pod.uid ? last.findings : [];
  parts.results.set(key, { uid: scan.pod.uid, state: stateOf(scan.pod), findings: scan.findings });
  for (const finding of newViolations(before, scan.findings)) tell(scan.pod, finding, parts);
  recordFindings(parts.metrics, parts.results);
}

/** Once a pod, not again at each scan. */
function newViolations(before: readonly Finding[], now: readonly Finding[]): Finding[] {
  const known = new Set(before.filter(isViolation).map(({ port }) => formatPort(port)));
  return now.filter((finding) => isViolation(finding) && !known.has(formatPort(finding.port)));
}

function isViolation({ severity }: Finding): boolean {
  return severity === 'violation';
}

function tell(pod: PodState, { port, reason, process }: Finding, { announce, log }: Scanning): void {
  const who = process === undefined ? '' : ` (${process})`;
  announce.pod(pod, 'PortExposed', `${formatPort(port)}${who}: ${reason}`);
  log.warn('a port is open that nobody authorized', { pod: keyOf(pod), port: formatPort(port), reason });
}

function recordFindings(metrics: Metrics, results: ReadonlyMap<string, Scanned>): void {
  const byVerdict: Record<string, number> = {};
  for (const { findings } of results.values()) for (const { verdict } of findings) byVerdict[verdict] = (byVerdict[verdict] ?? 0) + 1;
  metrics.record({ event: 'findings', byVerdict });
}

function keyOf({ namespace, name }: PodState): string {
  return `${namespace}/${name}`;
}

/** A new uid, address or restart means other sockets. */
function stateOf({ uid, restarts, addresses }: PodState): string {
  return [uid, restarts, ...[...addresses].sort()].join(' ');
}
