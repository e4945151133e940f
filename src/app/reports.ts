import type { PodState } from '../core/cluster-state.ts';
import type { Finding } from '../core/finding.ts';
import { formatPort } from '../core/port.ts';
import { namespaceReport } from '../core/report.ts';
import type { ScannedPod } from '../core/scanned-pod.ts';
import type { Clock, Log, ReportStore, Stop } from '../ports.ts';
import type { ResultListener } from './scan-results.ts';
import { type ScannedByNamespace, scannedByNamespace } from './scanned-by-namespace.ts';
import { makeWorkQueue, type WorkQueue, type WorkQueueOptions } from './work-queue.ts';

export interface ReportParts extends Pick<WorkQueueOptions, 'later' | 'random'> {
  readonly store: ReportStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Between two writes of one namespace. */
  readonly spacingMs: number;
}

export interface ReportWriter {
  readonly listener: ResultListener;
  /** Looks again which kind of report the cluster knows; to be called at start and every few minutes. Never rejects. */
  discover(): Promise<void>;
  readonly stop: Stop;
}

const PARALLELISM = 4;
/** Stands for the text of a report that was removed. */
const NO_REPORT = '';

interface Reporting extends ReportParts {
  readonly pods: ScannedByNamespace;
  /** By uid, then by port and verdict: when it was found for the first time. */
  readonly since: Map<string, Map<string, Date>>;
  /** What stands in the report of each namespace, and since when. */
  readonly written: Map<string, { readonly text: string; readonly at: number }>;
  kind: string | undefined;
  /** How often the kinds were looked up. */
  lookups: number;
}

/** Writes one report a namespace: the newest findings, seldom, and never in the way of a scan. */
export function writeReports(parts: ReportParts): ReportWriter {
  const reporting: Reporting = { ...parts, pods: scannedByNamespace(), since: new Map(), written: new Map(), kind: undefined, lookups: 0 };
  const { log, pods, since } = reporting;
  const queue: WorkQueue = makeWorkQueue({
    ...(parts.later === undefined ? {} : { later: parts.later }),
    ...(parts.random === undefined ? {} : { random: parts.random }),
    parallelism: PARALLELISM,
    failed: (namespace, error) => log.warn('the report of a namespace could not be written', { namespace, error: asError(error) }),
    work: (namespace) => write(namespace, reporting, (delayMs) => queue.addAfter(namespace, delayMs)),
  });
  return {
    listener: {
      judged: (now) => {
        pods.put(now);
        since.set(now.pod.uid, firstSeen(now, since.get(now.pod.uid)));
        queue.add(now.pod.namespace);
      },
      gone: (pod: PodState) => {
        pods.remove(pod);
        since.delete(pod.uid);
        queue.add(pod.namespace);
      },
    },
    discover: () =>
      lookUp(reporting, queue).catch((error) => log.warn('the kinds of reports could not be looked up', { error: asError(error) })),
    stop: () => queue.stop(),
  };
}

async function lookUp(reporting: Reporting, queue: Pick<WorkQueue, 'add'>): Promise<void> {
  const { store, pods, written, log } = reporting;
  const kind = await store.discover();
  if (kind !== reporting.kind || reporting.lookups === 0) {
    log.info('findings go into reports', { kind: kind ?? 'none: the CRD of neither OpenReports nor PolicyReports is installed' });
    written.clear();
  }
  reporting.kind = kind;
  reporting.lookups += 1;
  for (const [namespace, { text }] of written) if (text === NO_REPORT) written.delete(namespace);
  // At the first look a report is of the time before the start: its pods are still to be scanned. Later, one without pods is left over.
  const left = reporting.lookups > 1 ? await store.namespaces() : [];
  for (const namespace of new Set([...pods.namespaces(), ...left])) queue.add(namespace);
}

/** Too soon after the last write, it waits: what is found meanwhile goes into the same write. */
async function write(namespace: string, reporting: Reporting, again: (delayMs: number) => void): Promise<void> {
  const { store, pods, since, written, clock, spacingMs, kind } = reporting;
  if (kind === undefined) return;
  const report = namespaceReport({
    namespace,
    pods: pods.of(namespace),
    since: ({ pod }, finding) => since.get(pod.uid)?.get(findingKey(finding)) ?? clock.now(),
  });
  const text = report === undefined ? NO_REPORT : JSON.stringify(report);
  const last = written.get(namespace);
  if (last?.text === text) return;
  const now = clock.now().getTime();
  if (last !== undefined && now - last.at < spacingMs) return again(last.at + spacingMs - now);
  await store.write(namespace, report);
  written.set(namespace, { text, at: now });
}

function firstSeen({ findings, at }: ScannedPod, before: ReadonlyMap<string, Date> | undefined): Map<string, Date> {
  return new Map(findings.map((finding) => [findingKey(finding), before?.get(findingKey(finding)) ?? at]));
}

function findingKey({ port, verdict }: Finding): string {
  return `${formatPort(port)} ${verdict}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
