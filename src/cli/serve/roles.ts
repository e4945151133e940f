import { folderCertificateStore } from '../../adapters/certs/folder.ts';
import type { Access } from '../../adapters/kube/access.ts';
import { secretCertificateStore } from '../../adapters/kube/secret.ts';
import { rememberCertificates } from '../../app/certificates.ts';
import type { Liveness } from '../../app/liveness.ts';
import type { CertificateStore, Log, Stop } from '../../ports.ts';
import type { Io } from '../io.ts';
import { startAgents } from './agents.ts';
import { clusterReview, missingParts, modeOf } from './cluster-review.ts';
import { startController } from './controller.ts';
import { certificateDeps, type GateParts, gateNames, runGate, runMetrics } from './gate.ts';
import { startLeading } from './leader.ts';
import type { ClusterParts } from './parts.ts';
import type { Listening, Watching } from './watched.ts';
import { keepWebhooks, type WebhookParts } from './webhooks.ts';

/** For who runs the program inside of another: where its log goes, and who is told of the ports that it got. */
export interface ServeHost {
  readonly log?: Log;
  /** Called once, when everything listens and works. `gate` is absent where only the controller runs. */
  readonly started?: (ports: { readonly metrics: number; readonly gate?: number }) => void;
}

interface Starting {
  readonly io: Io;
  readonly access: Access;
  readonly stuck: Liveness['stuck'];
  /** What runs adds here how it is stopped, so that a failure half way leaves nothing behind. */
  readonly stops: Stop[];
  readonly started: NonNullable<ServeHost['started']>;
}

/** Starts the gate, the controller or both, as the role says. Answers what rejects when the program cannot go on. */
export async function startRoles(
  parts: Watching,
  listening: Listening,
  { io, stops, access, stuck, started }: Starting,
): Promise<Promise<never>[]> {
  const { options, log } = parts;
  const failures: Promise<never>[] = [];
  const certificates =
    options.certificates === undefined
      ? secretCertificateStore(parts.transport, { namespace: options.namespace, name: 'portcullis-certificates' })
      : folderCertificateStore(options.certificates);
  const missing = () => missingParts(parts);
  const gate: GateParts = {
    ...parts,
    certificates,
    missing,
    stuck,
    review: clusterReview(parts),
    modeOf: (request) => modeOf(parts.keeper, request),
  };
  const certificatesNow = rememberCertificates(certificateDeps(gate), gateNames(options));
  const caBundle = async () => (await certificatesNow()).caBundle;
  const metricsServer = await runMetrics(gate);
  stops.push(metricsServer.stop);
  let ports: Parameters<typeof started>[0] = { metrics: metricsServer.port };
  let gateAddress = { host: `${options.service}.${options.namespace}.svc`, port: 443 };
  if (options.role !== 'controller') {
    const running = await runGate(gate);
    gateAddress = { host: '127.0.0.1', port: running.port };
    ports = { ...ports, gate: running.port };
    stops.push(running.stop);
    io.err(`portcullis: the gate listens on ${options.host}:${running.port}\n`);
  }
  if (options.role !== 'webhook') {
    const leading = await startLeading(parts, access, (ours) =>
      work(ours, { listening, certificates, path: io.env.PATH ?? '', caBundle, gate: () => gateAddress }),
    );
    failures.push(leading.failed);
    stops.push(leading.stop);
  }
  log.info('started', { role: options.role, server: parts.transport.server });
  started(ports);
  return failures;
}

interface Working extends Pick<WebhookParts, 'caBundle' | 'gate'> {
  readonly listening: Listening;
  readonly certificates: CertificateStore;
  /** Where programs are looked for. */
  readonly path: string;
}

/** What the leader does, for one term; answers how it is ended. */
async function work(ours: ClusterParts, { listening, certificates, path, caBundle, gate }: Working): Promise<Stop> {
  const agents = startAgents({ ...ours, certificates });
  const controller = await startController(ours, path, { sockets: agents.sockets }).catch(async (error: unknown) => {
    await agents.stop();
    throw error;
  });
  listening.settled = controller.settled;
  listening.controller = controller.controller;
  controller.begin();
  const stopWebhooks = keepWebhooks({ ...ours, caBundle, gate });
  return async () => {
    listening.settled = () => {};
    listening.controller = undefined;
    await stopWebhooks();
    await controller.stop();
    await agents.stop();
  };
}
