import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/adapters/metrics/metrics.ts';
import type { MetricEvent } from '../../../src/ports.ts';
import { settableClock } from '../../support/silence.ts';

const NOW = '2026-01-01T00:00:00.000Z';

/** The samples that are not zero, after these events; without the buckets of histograms. */
async function samplesAfter(events: readonly MetricEvent[]): Promise<string[]> {
  const metrics = createMetrics(settableClock(NOW));
  for (const event of events) metrics.record(event);
  const { text } = await metrics.read();
  return text.split('\n').filter((line) => /^portcullis/.test(line) && !/_bucket/.test(line) && !/ 0$/.test(line));
}

describe('metrics', () => {
  const at = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1000);
  it.each<[string, MetricEvent[], string[]]>([
    ['nothing, before anything happened', [], []],
    [
      'decisions and their time',
      [
        { event: 'admission', object: 'Pod', mode: 'enforce', allowed: false, reason: 'port', seconds: 0.25 },
        { event: 'admission', object: 'Pod', mode: 'enforce', allowed: false, reason: 'port', seconds: 0.25 },
        { event: 'admission', object: 'Job', mode: 'audit', allowed: true, reason: 'audit-port', seconds: 0.5 },
      ],
      [
        'portcullis_admission_decisions_total{kind="Pod",mode="enforce",allowed="false",reason="port"} 2',
        'portcullis_admission_decisions_total{kind="Job",mode="audit",allowed="true",reason="audit-port"} 1',
        'portcullis_admission_duration_seconds_sum{kind="Pod"} 0.5',
        'portcullis_admission_duration_seconds_count{kind="Pod"} 2',
        'portcullis_admission_duration_seconds_sum{kind="Job"} 0.5',
        'portcullis_admission_duration_seconds_count{kind="Job"} 1',
      ],
    ],
    [
      'the template in force, and no older one',
      [
        { event: 'template', hash: 'aaa' },
        { event: 'template', hash: 'bbb' },
        { event: 'documents refused', count: 2 },
      ],
      ['portcullis_template_info{hash="bbb"} 1', 'portcullis_template_documents_refused 2'],
    ],
    [
      'policies by cause, and the time until a pair is in place',
      [
        { event: 'policy written', cause: 'made' },
        { event: 'policy written', cause: 'drift' },
        { event: 'policy written', cause: 'drift' },
        { event: 'pair in place', seconds: 2 },
        { event: 'pods gated', count: 4 },
        { event: 'reconcile failed', reason: 'conflict' },
      ],
      [
        'portcullis_policies_written_total{cause="made"} 1',
        'portcullis_policies_written_total{cause="drift"} 2',
        'portcullis_namespace_pair_seconds_sum 2',
        'portcullis_namespace_pair_seconds_count 1',
        'portcullis_pods_gated 4',
        'portcullis_reconcile_errors_total{reason="conflict"} 1',
      ],
    ],
    [
      'findings that stand now; a verdict that is gone is gone',
      [
        { event: 'findings', byVerdict: { exposed: 1, silent: 2 } },
        { event: 'findings', byVerdict: { silent: 3 } },
      ],
      ['portcullis_findings{verdict="silent"} 3'],
    ],
    [
      'what is proven now of nodes, namespaces, agents and pods in quarantine; a state that is gone is zero',
      [
        { event: 'enforcement', scope: 'node', byState: { enforced: 2, 'not enforced': 1 } },
        { event: 'enforcement', scope: 'node', byState: { enforced: 3 } },
        { event: 'enforcement', scope: 'namespace', byState: { 'not proven': 4 } },
        { event: 'agents', byState: { watching: 2, missing: 1 } },
        { event: 'agents', byState: { watching: 3 } },
        { event: 'pods quarantined', byState: { pending: 1 } },
        { event: 'pods quarantined', byState: { shut: 1 } },
      ],
      [
        'portcullis_enforcement{scope="node",state="enforced"} 3',
        'portcullis_enforcement{scope="namespace",state="not proven"} 4',
        'portcullis_agents{state="watching"} 3',
        'portcullis_pods_quarantined{state="shut"} 1',
      ],
    ],
    [
      'ages and remaining times, computed when they are read',
      [
        { event: 'certificate', certificate: 'leaf', notAfter: at(3600) },
        { event: 'certificate', certificate: 'authority', notAfter: at(-60) },
        { event: 'watch heard', resource: 'pods', at: at(-90) },
        { event: 'watch heard', resource: 'pods', at: at(-30) },
        { event: 'watch heard', resource: 'configmaps', at: at(-30) },
        { event: 'watch ended', resource: 'configmaps' },
      ],
      [
        'portcullis_certificate_expiry_seconds{certificate="leaf"} 3600',
        'portcullis_certificate_expiry_seconds{certificate="authority"} -60',
        'portcullis_last_event_age_seconds{resource="pods"} 30',
      ],
    ],
  ])('show %s', async (_, events, expected) => {
    expect(await samplesAfter(events)).toEqual(expected);
  });

  it('of two instances never mix', async () => {
    const [first, second] = [createMetrics(settableClock(NOW), { process: true }), createMetrics(settableClock(NOW), { process: true })];
    first.record({ event: 'pods gated', count: 4 });
    expect((await second.read()).text).toContain('portcullis_pods_gated 0');
  });

  it('all have our prefix, a help text and a type', async () => {
    const { text, contentType } = await createMetrics(settableClock(NOW), { process: true }).read();
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(contentType).toMatch(/^text\/plain/);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !name?.startsWith('portcullis_'))).toEqual([]);
    expect([...text.matchAll(/^# HELP (\S+) .{10,}/gm)].map((match) => match[1])).toEqual(names);
  });
});
