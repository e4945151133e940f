import { folderCertificateStore } from '../../adapters/certs/folder.ts';
import { configMapAcceptedStore } from '../../adapters/kube/accepted-template.ts';
import { type Access, findAccess } from '../../adapters/kube/access.ts';
import { watchCluster } from '../../adapters/kube/cluster-view.ts';
import { configMapTemplateSource } from '../../adapters/kube/configmaps.ts';
import { secretCertificateStore } from '../../adapters/kube/secret.ts';
import { connect } from '../../adapters/kube/transport.ts';
import { createLog } from '../../adapters/log/log.ts';
import { createMetrics } from '../../adapters/metrics/metrics.ts';
import { rememberCertificates } from '../../app/certificates.ts';
import type { Controller } from '../../app/controller.ts';
import type { Liveness } from '../../app/liveness.ts';
import { type ObservedPairs, observePairs } from '../../app/observed-pairs.ts';
import { makeTemplateKeeper, type TemplateKeeper } from '../../app/template-keeper.ts';
import type { TemplateState } from '../../app/template-state.ts';
import type { Log, Stop } from '../../ports.ts';
import { VERSION } from '../../version.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { startAgents } from './agents.ts';
import { clusterReview, factsOf, missingParts, modeOf, readTemplateText } from './cluster-review.ts';
import { startController } from './controller.ts';
import { forgetOnly } from './forget-only.ts';
import { CLOCK, certificateDeps, type GateParts, gateNames, runGate, runMetrics } from './gate.ts';
import { startLeading } from './leader.ts';
import { watchLiveness } from './liveness.ts';
import type { ServeOptions } from './options.ts';
import type { ClusterParts } from './parts.ts';
import { stopped } from './stopped.ts';
import { keepWebhooks } from './webhooks.ts';

/** Who is told of changes; the controller puts itself here once everything is there. */
interface Listening {
  controller: Controller | undefined;
  settled: (state: TemplateState) => void;
}

/** For who runs the program inside of another: where its log goes, and who is told of the ports that it got. */
export interface ServeHost {
  readonly log?: Log;
  /** Called once, when everything listens and works. `gate` is absent where only the controller runs. */
  readonly started?: (ports: { readonly metrics: number; readonly gate?: number }) => void;
}

/** Runs the gate, the controller or both in a cluster, until it is asked to stop. */
export async function serveCluster(options: ServeOptions, io: Io, host: ServeHost = {}): Promise<ExitCode> {
  const log = host.log ?? createLog();
  const metrics = createMetrics(CLOCK, { process: true });
  const access = await findAccess({ kubeconfig: options.kubeconfig, context: options.context, env: io.env });
  const transport = await connect(access, { version: VERSION });
  const listening: Listening = { controller: undefined, settled: () => {} };
  const { liveness, stop: stopLooking } = watchLiveness(access, log);
  const parts = watchEverything({ options, transport, metrics, log }, { listening, liveness });
  const stops: Stop[] = [async () => transport.close(), parts.stop, stopLooking];
  try {
    const ready = parts.ready();
    ready.catch(() => {}); // stopped before the caches were filled: nobody waits any longer
    await Promise.race([ready, stopped(io.stop)]);
    if (io.stop.aborted) return EXIT.clean;
    const failed = await startRoles(parts, listening, { io, stops, access, stuck: liveness.stuck, started: host.started ?? (() => {}) });
    await Promise.race([stopped(io.stop), ...failed]);
    return EXIT.clean;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

interface Watching extends ClusterParts {
  /** Resolves when the last good template was read and every cache filled once. */
  ready(): Promise<void>;
  readonly stop: Stop;
}

type Base = Pick<ClusterParts, 'options' | 'transport' | 'metrics' | 'log'>;

function watchEverything(base: Base, { listening, liveness }: { listening: Listening; liveness: Liveness }): Watching {
  const { options, transport, metrics, log } = base;
  const observed: ObservedPairs = observePairs({
    authority: () => known(keeper),
    facts: () => factsOf(watch),
    policies: (namespace) => watch.view.policies(namespace),
  });
  const keeper = makeTemplateKeeper({
    read: readTemplateText,
    ownNamespace: options.namespace,
    agentNamespace: options.agentNamespace,
    metrics,
    log,
    changed: () => (controller() ?? forgetful).everythingChanged(),
    settled: (state) => listening.settled(state),
  });
  // Without a template there is nothing to bring about; without the role there is nobody to do it.
  const controller = () => (keeper.authority() === undefined ? undefined : listening.controller);
  const forgetful = forgetOnly(observed);
  const failed = (resource: string, error: unknown) =>
    log.warn('a watch failed and is started again', { resource, error: error instanceof Error ? error : String(error) });
  const heard = (resource: string) => {
    liveness.heard(resource);
    metrics.record({ event: 'watch heard', resource, at: CLOCK.now() });
  };
  const watch = watchCluster(transport, {
    namespaceChanged: (change) => (controller() ?? forgetful).namespaceChanged(change),
    policyChanged: (namespace, change) => (controller() ?? forgetful).policyChanged(namespace, change),
    podChanged: (change) => (controller() ?? forgetful).podChanged(change),
    apiServerChanged: () => (controller() ?? forgetful).everythingChanged(),
    failed,
    heard,
  });
  const source = configMapTemplateSource(transport, {
    namespace: options.namespace,
    failed: (error) => failed('configmaps', error),
    heard: () => heard('configmaps'),
  });
  let stopSource: Stop = async () => {};
  return {
    ...base,
    watch,
    keeper,
    observed,
    controllerUser: `system:serviceaccount:${options.namespace}:portcullis-controller`,
    ready: async () => {
      const accepted = await configMapAcceptedStore(transport, options.namespace).read();
      if (accepted !== undefined) keeper.take(accepted);
      await watch.synced;
      stopSource = await source.watch((groups) => keeper.take(groups));
    },
    stop: async () => {
      await stopSource();
      await watch.stop();
    },
  };
}

interface Starting {
  readonly io: Io;
  readonly access: Access;
  readonly stuck: Liveness['stuck'];
  /** What runs adds here how it is stopped, so that a failure half way leaves nothing behind. */
  readonly stops: Stop[];
  readonly started: NonNullable<ServeHost['started']>;
}

/** Answers what rejects when the program cannot go on. */
async function startRoles(
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
    const leading = await startLeading(parts, access, async (ours) => {
      const agents = startAgents({ ...ours, certificates });
      const controller = await startController(ours, io.env.PATH ?? '', { sockets: agents.sockets }).catch(async (error: unknown) => {
        await agents.stop();
        throw error;
      });
      listening.settled = controller.settled;
      listening.controller = controller.controller;
      controller.begin();
      const stopWebhooks = keepWebhooks({ ...ours, caBundle, gate: () => gateAddress });
      return async () => {
        listening.settled = () => {};
        listening.controller = undefined;
        await stopWebhooks();
        await controller.stop();
        await agents.stop();
      };
    });
    failures.push(leading.failed);
    stops.push(leading.stop);
  }
  log.info('started', { role: options.role, server: parts.transport.server });
  started(ports);
  return failures;
}

function known(keeper: TemplateKeeper): NonNullable<ReturnType<TemplateKeeper['authority']>> {
  const authority = keeper.authority();
  if (authority === undefined) throw new Error('no template was ever accepted');
  return authority;
}
