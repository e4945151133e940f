import { collectDefaultMetrics, Registry } from 'prom-client';
import { AGENT_STATES } from '../../core/agent-state.ts';
import { ENFORCEMENT_STATES } from '../../core/enforcement.ts';
import { QUARANTINE_STATES } from '../../core/quarantine.ts';
import type { Clock, MetricEvent, Metrics } from '../../ports.ts';
import { createSeries } from './series.ts';

/** Metrics that can be read. */
export interface ReadableMetrics extends Metrics {
  /** The text format of Prometheus and its content type. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Metrics in a registry of their own, so that two of them in one process never mix. `process`: with figures of the process and its event loop. */
export function createMetrics(clock: Clock, options: { readonly process: boolean } = { process: false }): ReadableMetrics {
  const registry = new Registry();
  const series = createSeries(registry, clock);
  if (options.process) collectDefaultMetrics({ register: registry, prefix: 'portcullis_' });
  return {
    record: (event) => recordIn(series, event),
    read: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

function recordIn(series: ReturnType<typeof createSeries>, event: MetricEvent): void {
  switch (event.event) {
    case 'admission': {
      const { object: kind, mode, allowed, reason, seconds } = event;
      series.admissions.inc({ kind, mode, allowed: String(allowed), reason });
      series.admissionSeconds.observe({ kind }, seconds);
      break;
    }
    case 'template':
      series.template.reset();
      series.template.set({ hash: event.hash }, 1);
      break;
    case 'documents refused':
      series.refused.set(event.count);
      break;
    case 'policy written':
      series.policies.inc({ cause: event.cause });
      break;
    case 'pair in place':
      series.pairSeconds.observe(event.seconds);
      break;
    case 'pods gated':
      series.gated.set(event.count);
      break;
    case 'findings':
      series.findings.reset();
      for (const [verdict, count] of Object.entries(event.byVerdict)) series.findings.set({ verdict }, count);
      break;
    case 'enforcement':
      for (const state of ENFORCEMENT_STATES) series.enforcement.set({ scope: event.scope, state }, event.byState[state] ?? 0);
      break;
    case 'agents':
      for (const state of AGENT_STATES) series.agents.set({ state }, event.byState[state] ?? 0);
      break;
    case 'pods quarantined':
      for (const state of QUARANTINE_STATES) series.quarantined.set({ state }, event.byState[state] ?? 0);
      break;
    case 'certificate':
      series.expiries.set(event.certificate, event.notAfter);
      break;
    case 'watch heard':
      series.heard.set(event.resource, event.at);
      break;
    case 'watch ended':
      series.heard.delete(event.resource);
      break;
    case 'reconcile failed':
      series.reconcileErrors.inc({ reason: event.reason });
      break;
  }
}
