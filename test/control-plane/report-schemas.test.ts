import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeReportStore } from '../../src/adapters/kube/policy-reports.ts';
import { REPORT_KINDS, reportBody } from '../../src/adapters/kube/report-object.ts';
import { connect, type KubeTransport } from '../../src/adapters/kube/transport.ts';
import type { Finding } from '../../src/core/finding.ts';
import type { NamespaceReport, ReportResult } from '../../src/core/report.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { publishedCrd } from '../support/published-report-crds.ts';
import { reportOf } from '../support/report-crds.ts';

/** Reports against the schemas that clusters have: a field that the schema does not know would be refused or dropped in silence. */

let api: Api;
let transport: KubeTransport;

beforeAll(async () => {
  api = await startApi();
  transport = await connect({ kind: 'kubeconfig', files: [api.kubeconfig()] }, { version: 'test' });
}, 400_000);

afterAll(async () => {
  transport?.close();
  await api?.stop();
});

const finding: Finding = {
  port: { number: 9999, protocol: 'TCP' },
  declared: false,
  authorized: 'rule api, shop.yaml:7',
  listening: 'yes',
  addresses: ['0.0.0.0'],
  process: 'nc',
  reachable: 'yes',
  hostNetwork: false,
  seenBy: ['agent', 'pod/nmap'],
  verdict: 'exposed',
  severity: 'violation',
  reason: 'open, though nobody authorized it',
};

/** A report in which every field stands once, and every outcome. */
function wholeReport(namespace: string): NamespaceReport {
  const outcomes = ['fail', 'warn', 'skip'] as const;
  const results = outcomes.map(
    (outcome): ReportResult => ({ outcome, pod: { name: 'api', uid: '0b5' }, finding, since: new Date('2026-01-02T03:04:05Z') }),
  );
  return { namespace, summary: { pass: 4, fail: 1, warn: 1, error: 0, skip: 1 }, results };
}

describe.each([
  { crd: 'policyreports', label: 'PolicyReports' },
  { crd: 'openreports', label: 'OpenReports' }, // the better kind: from now on it is chosen
] as const)('a report of the published kind $label', ({ crd, label }) => {
  it('is accepted, and comes back with every field', { timeout: 400_000 }, async () => {
    const { code, stderr } = await api.kubectl(['apply', '-f', await publishedCrd(crd)]);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const store = kubeReportStore(transport);
    await until(`${label} to be served`, async () => (await store.discover()) === label, { deadline: 60_000 });
    const namespace = await api.namespace();
    await store.write(namespace, wholeReport(namespace));
    const kind = REPORT_KINDS.find((one) => one.label === label);
    if (kind === undefined) throw new Error(`there is no kind ${label}`);
    expect(await reportOf(api, crd, namespace)).toMatchObject(reportBody(kind, wholeReport(namespace)));
    expect(await store.namespaces()).toEqual([namespace]);
    await store.write(namespace, undefined);
    expect(await reportOf(api, crd, namespace)).toBeUndefined();
  });
});
