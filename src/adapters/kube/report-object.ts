import { MANAGED_BY, MANAGED_BY_LABEL } from '../../core/names.ts';
import { formatPort } from '../../core/port.ts';
import { LONGEST_REPORT, type NamespaceReport, type ReportResult } from '../../core/report.ts';

/** A kind of report that readers know. Both have the same results; only OpenReports says of whom and how many at the top. */
export interface ReportKind {
  readonly label: string;
  readonly api: string;
  readonly kind: string;
  readonly resource: string;
  readonly hasSource: boolean;
}

/** The best first. */
export const REPORT_KINDS: readonly ReportKind[] = [
  { label: 'OpenReports', api: 'openreports.io/v1alpha1', kind: 'Report', resource: 'reports', hasSource: true },
  { label: 'PolicyReports', api: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport', resource: 'policyreports', hasSource: false },
];

/** One in each namespace. */
export const reportName = 'portcullis';

const SOURCE = 'portcullis';
const SEVERITIES = { fail: 'high', warn: 'medium', skip: 'info' } as const;

/** A report as the API server takes it. Every field is one that the schema of its kind knows: server-side apply refuses others. */
export function reportBody({ api, kind, hasSource }: ReportKind, { namespace, summary, results }: NamespaceReport) {
  return {
    apiVersion: api,
    kind,
    metadata: { name: reportName, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
    ...(hasSource ? { source: SOURCE, configuration: { limits: { maxResults: LONGEST_REPORT } } } : {}),
    scope: { apiVersion: 'v1', kind: 'Namespace', name: namespace },
    summary,
    results: results.map((result) => resultBody(namespace, result)),
  };
}

function resultBody(namespace: string, { outcome, pod, finding, since }: ReportResult) {
  const { port, verdict, reason, listening, reachable, process, authorized } = finding;
  return {
    source: SOURCE,
    policy: 'authorized-ports',
    rule: verdict,
    category: 'Network exposure',
    severity: SEVERITIES[outcome],
    result: outcome,
    scored: outcome !== 'skip',
    message: `${formatPort(port)}: ${reason}`,
    timestamp: { seconds: Math.floor(since.getTime() / 1000), nanos: 0 },
    resources: [{ apiVersion: 'v1', kind: 'Pod', namespace, name: pod.name, uid: pod.uid }],
    properties: {
      port: formatPort(port),
      listening,
      reachable,
      ...(process === undefined ? {} : { process }),
      ...(authorized === undefined ? {} : { authorized }),
    },
  };
}
