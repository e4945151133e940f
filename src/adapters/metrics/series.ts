import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../../ports.ts';

/** A decision takes microseconds, a call with its way back a few milliseconds; the API server gives up after three seconds. */
const ADMISSION_SECONDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 3];
const PAIR_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/** Every series of Portcullis, in one place: the documentation of metrics is tested against what this registers. */
export function createSeries(registry: Registry, clock: Clock) {
  return { ...gateSeries([registry]), ...controllerSeries([registry]), ...proofSeries([registry]), ...agingSeries(registry, clock) };
}

function gateSeries(registers: Registry[]) {
  return {
    admissions: new Counter({
      name: 'portcullis_admission_decisions_total',
      help: 'Answers of the gate, by kind of object, mode, verdict and machine reason.',
      labelNames: ['kind', 'mode', 'allowed', 'reason'],
      registers,
    }),
    admissionSeconds: new Histogram({
      name: 'portcullis_admission_duration_seconds',
      help: 'Time from the decoded request to the answer, by kind of object.',
      labelNames: ['kind'],
      buckets: ADMISSION_SECONDS,
      registers,
    }),
    template: new Gauge({
      name: 'portcullis_template_info',
      help: 'Always 1; the label is the hash of the template in force.',
      labelNames: ['hash'],
      registers,
    }),
    refused: new Gauge({
      name: 'portcullis_template_documents_refused',
      help: 'Documents of the template that are refused now; the last good ones are in force instead.',
      registers,
    }),
  };
}

function controllerSeries(registers: Registry[]) {
  return {
    policies: new Counter({
      name: 'portcullis_policies_written_total',
      help: 'NetworkPolicies written or removed, by cause; drift: what others changed was put back.',
      labelNames: ['cause'],
      registers,
    }),
    pairSeconds: new Histogram({
      name: 'portcullis_namespace_pair_seconds',
      help: 'Time from the creation of a namespace until its pair of policies was observed.',
      buckets: PAIR_SECONDS,
      registers,
    }),
    gated: new Gauge({ name: 'portcullis_pods_gated', help: 'Pods that wait for the policies of their namespace.', registers }),
    findings: new Gauge({
      name: 'portcullis_findings',
      help: 'Ports of pods by the verdict of the last scan.',
      labelNames: ['verdict'],
      registers,
    }),
    reconcileErrors: new Counter({
      name: 'portcullis_reconcile_errors_total',
      help: 'Reconciliations that failed and will be tried again, by reason.',
      labelNames: ['reason'],
      registers,
    }),
  };
}

function proofSeries(registers: Registry[]) {
  return {
    enforcement: new Gauge({
      name: 'portcullis_enforcement',
      help: 'Nodes and enforced namespaces by what probes prove of their policies: enforced, not enforced, or not proven.',
      labelNames: ['scope', 'state'],
      registers,
    }),
    agents: new Gauge({
      name: 'portcullis_agents',
      help: 'Nodes by how their agent is doing: watching, starting, failing (it does not answer), or missing (none runs).',
      labelNames: ['state'],
      registers,
    }),
    quarantined: new Gauge({
      name: 'portcullis_pods_quarantined',
      help: 'Pods in quarantine by what probes say: shut, still open, or not proven yet (pending).',
      labelNames: ['state'],
      registers,
    }),
  };
}

/** Values that change by themselves: dates are kept, and the seconds computed when the metrics are read. */
function agingSeries(registry: Registry, clock: Clock) {
  return {
    expiries: agingGauge(
      { name: 'portcullis_certificate_expiry_seconds', help: 'Time until the certificate expires.', label: 'certificate' },
      { registry, age: (date) => (date.getTime() - clock.now().getTime()) / 1000 },
    ),
    heard: agingGauge(
      {
        name: 'portcullis_last_event_age_seconds',
        help: 'Time since a watch began, delivered anything or ended at its time; it grows while the watch is deaf.',
        label: 'resource',
      },
      { registry, age: (date) => (clock.now().getTime() - date.getTime()) / 1000 },
    ),
  };
}

/** A gauge of dates by label. Answers the map to put the dates into. */
function agingGauge(
  { name, help, label }: { name: string; help: string; label: string },
  { registry, age }: { registry: Registry; age: (date: Date) => number },
): Map<string, Date> {
  const dates = new Map<string, Date>();
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset(); // what is no longer in the map has no age
      for (const [value, date] of dates) this.set({ [label]: value }, age(date));
    },
  });
  return dates;
}
