import type { Finding } from './finding.ts';
import { formatPort } from './port.ts';
import type { ScannedPod } from './scanned-pod.ts';

/** The words of policy reports (OpenReports and wgpolicyk8s.io agree on them). */
export const REPORT_OUTCOMES = ['pass', 'fail', 'warn', 'error', 'skip'] as const;
export type ReportOutcome = (typeof REPORT_OUTCOMES)[number];

/** The findings of one namespace for the readers of policy reports. */
export interface NamespaceReport {
  readonly namespace: string;
  /** Counts every finding, also those that are not listed. */
  readonly summary: Readonly<Record<ReportOutcome, number>>;
  readonly results: readonly ReportResult[];
}

export interface ReportResult {
  readonly outcome: Exclude<ReportOutcome, 'pass' | 'error'>;
  readonly pod: { readonly name: string; readonly uid: string };
  readonly finding: Finding;
  /** When the finding was made for the first time. */
  readonly since: Date;
}

export interface ReportInput {
  readonly namespace: string;
  readonly pods: readonly ScannedPod[];
  since(pod: ScannedPod, finding: Finding): Date;
}

/** More make an object that nobody reads and etcd does not like; the summary counts all. */
export const LONGEST_REPORT = 500;

/** The report of a namespace, the gravest first; undefined where nothing was found. What is right is only counted. */
export function namespaceReport({ namespace, pods, since }: ReportInput): NamespaceReport | undefined {
  const summary: Record<ReportOutcome, number> = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };
  const results: ReportResult[] = [];
  for (const scanned of pods) {
    for (const finding of scanned.findings) {
      const outcome = outcomeOf(finding);
      summary[outcome] += 1;
      if (outcome !== 'pass') results.push({ outcome, pod: scanned.pod, finding, since: since(scanned, finding) });
    }
  }
  if (Object.values(summary).every((count) => count === 0)) return undefined;
  const sorted = results.sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome) || compareTexts(placeOf(a), placeOf(b)));
  return { namespace, summary, results: sorted.slice(0, LONGEST_REPORT) };
}

const ORDER: readonly ReportOutcome[] = ['fail', 'warn', 'skip'];

/** Violations fail, warnings warn; what is not known is skipped, never passed. */
function outcomeOf({ severity, verdict }: Finding): ReportResult['outcome'] | 'pass' {
  if (severity === 'violation') return 'fail';
  if (severity === 'warning') return 'warn';
  return verdict === 'unknown' || verdict === 'possible' ? 'skip' : 'pass';
}

function placeOf({ pod, finding }: ReportResult): string {
  return `${pod.name} ${formatPort(finding.port).padStart(11, '0')}`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
