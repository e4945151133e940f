import { findAccess } from '../../adapters/kube/access.ts';
import { connect } from '../../adapters/kube/transport.ts';
import { createLog } from '../../adapters/log/log.ts';
import { createMetrics } from '../../adapters/metrics/metrics.ts';
import type { Stop } from '../../ports.ts';
import { VERSION } from '../../version.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { CLOCK } from './gate.ts';
import { watchLiveness } from './liveness.ts';
import type { ServeOptions } from './options.ts';
import { type ServeHost, startRoles } from './roles.ts';
import { stopped } from './stopped.ts';
import { type Listening, watchEverything } from './watched.ts';

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
