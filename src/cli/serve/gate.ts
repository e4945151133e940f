import { certificateMaker } from '../../adapters/certs/maker.ts';
import { servedNames } from '../../adapters/certs/names.ts';
import { startMetricsServer } from '../../adapters/http/metrics-server.ts';
import { type GateServer, startGate } from '../../adapters/http/server.ts';
import type { ReadableMetrics } from '../../adapters/metrics/metrics.ts';
import { watchCertificates } from '../../app/certificate-watch.ts';
import { type CertificateDeps, rememberCertificates } from '../../app/certificates.ts';
import type { Review } from '../../app/review.ts';
import type { AdmissionAnswer, AdmissionRequest } from '../../core/admission.ts';
import { isWorkloadKind } from '../../core/workload.ts';
import type { CertificateStore, Clock, Log, ServedNames, Stop } from '../../ports.ts';
import { readClientCa } from './client-ca.ts';
import type { ServeOptions } from './options.ts';

export const CLOCK: Clock = { now: () => new Date() };

/** How often the certificates are looked at: another replica, cert-manager or a person may have changed them. */
const CERTIFICATE_CHECK_MS = 10_000;

export interface GateParts {
  readonly options: ServeOptions;
  readonly review: Review;
  readonly certificates: CertificateStore;
  readonly metrics: ReadableMetrics;
  readonly log: Log;
  /** What is missing to be ready, beside the certificates. */
  missing(): readonly string[];
  /** What only a restart mends; absent without a cluster, where nothing is watched over a network. */
  readonly stuck?: () => readonly string[];
  /** The mode of the namespace that a request is about, for the metrics. */
  modeOf(request: AdmissionRequest): string;
}

/** A server that listens, until it is stopped. */
export interface RunningServer {
  readonly port: number;
  stop: Stop;
}

/** Makes or reads the certificates, keeps them fresh, and listens. Rejects where the address cannot be had or the certificates cannot be stored. */
export async function runGate(parts: GateParts): Promise<RunningServer> {
  const { options, log } = parts;
  const deps = certificateDeps(parts);
  const ensure = rememberCertificates(deps, gateNames(options));
  const clientCa = options.clientCa === undefined ? {} : { clientCa: await readClientCa(options.clientCa) };
  let current = await ensure();
  const server = await startGate(
    {
      certificate: current,
      ...clientCa,
      validate: measured(parts, 'validate'),
      mutate: measured(parts, 'mutate'),
      missing: () => [...parts.missing(), ...current.problems],
      ...(parts.stuck === undefined ? {} : { stuck: parts.stuck }),
      log,
    },
    { host: options.host, port: options.port },
  );
  const stopWatching = watchCertificates({
    ensure,
    current,
    everyMs: CERTIFICATE_CHECK_MS,
    log,
    changed: (next) => {
      server.replaceCertificate(next);
      current = next;
    },
  });
  log.info('the gate listens', { host: options.host, port: server.port });
  return { port: server.port, stop: () => stopGate(server, stopWatching, options) };
}

/** The certificates of a controller that serves no gate: it puts the CA into the webhook configurations. */
export function certificateDeps({ certificates, metrics, log }: Pick<GateParts, 'certificates' | 'metrics' | 'log'>): CertificateDeps {
  return { store: certificates, maker: certificateMaker, clock: CLOCK, log, metrics };
}

/** The names of the Service, and the addresses that were asked for; without a cluster this machine's own names as well. */
export function gateNames({ service, namespace, addresses, template }: ServeOptions): ServedNames {
  const names = servedNames(service, namespace, { loopback: template !== undefined });
  return { ...names, addresses: [...names.addresses, ...addresses] };
}

/** Serves metrics and health on a port of their own. */
export async function runMetrics({
  options,
  metrics,
  log,
  missing,
  stuck = () => [],
}: Pick<GateParts, 'options' | 'metrics' | 'log' | 'missing' | 'stuck'>): Promise<RunningServer> {
  const server = await startMetricsServer(
    { metrics: metrics.read, missing, stuck, log },
    { host: options.host, port: options.metricsPort },
  );
  log.info('metrics are served', { host: options.host, port: server.port });
  return server;
}

async function stopGate(server: GateServer, stopWatching: Stop, options: ServeOptions): Promise<void> {
  await stopWatching();
  await server.stop({ delayMs: options.stopDelaySeconds * 1000 });
}

/** The kind for the metrics. Callers may name any kind, and each name would be a series that is kept for ever. */
function objectOf({ kind: { group, kind } }: AdmissionRequest): string {
  return isWorkloadKind(group, kind) || OTHER_KINDS.has(kind) ? kind : 'other';
}

/** What the webhook configurations ask about beside workloads. */
const OTHER_KINDS: ReadonlySet<string> = new Set(['Namespace', 'ConfigMap', 'NetworkPolicy', 'Binding']);

function measured(
  { review, metrics, log, modeOf }: GateParts,
  hook: 'validate' | 'mutate',
): (request: AdmissionRequest) => AdmissionAnswer {
  return (request) => {
    const start = performance.now();
    const answer = review[hook](request);
    const { allowed, reason } = answer;
    const seconds = (performance.now() - start) / 1000;
    // A dry run leaves no trace, not even a count.
    if (!request.dryRun) metrics.record({ event: 'admission', object: objectOf(request), mode: modeOf(request), allowed, reason, seconds });
    if (!allowed) {
      log.info('refused', {
        kind: request.kind.kind,
        namespace: request.namespace,
        name: request.name,
        user: request.userInfo.username,
        reason,
        dryRun: request.dryRun,
      });
    }
    return answer;
  };
}
