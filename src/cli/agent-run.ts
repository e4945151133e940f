import { folderCertificateStore } from '../adapters/certs/folder.ts';
import { certificateMaker } from '../adapters/certs/maker.ts';
import { startCanary } from '../adapters/http/agent-canary.ts';
import { type AgentServer, startAgentServer, startHealthServer } from '../adapters/http/agent-server.ts';
import { createLog } from '../adapters/log/log.ts';
import { nodePods } from '../adapters/proc/node-sockets.ts';
import { makeTableMemory } from '../adapters/proc/table-memory.ts';
import { type AgentCertificates, watchAgentCertificates } from '../app/agent-certificates.ts';
import { type AgentWatch, watchNode } from '../app/agent-watch.ts';
import type { Clock, Log, Stop } from '../ports.ts';
import type { AgentOptions } from './agent-options.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { stopped } from './serve/stopped.ts';

const CLOCK: Clock = { now: () => new Date() };

/** A mounted Secret changes within a minute or two: this adds little. */
const CERTIFICATE_CHECK_MS = 2_000;

/** For who runs the agent inside of another program: where its log goes, and who is told of the ports. `tls` is told once, when there are certificates. */
export interface AgentHost {
  readonly log?: Log;
  readonly started?: (ports: { readonly health: number; readonly permitted: number; readonly denied: number }) => void;
  readonly serving?: (port: number) => void;
}

/** Runs the agent until it is asked to stop. Rejects where a port cannot be had. */
export async function runAgent(options: AgentOptions, { stop }: Pick<Io, 'stop'>, host: AgentHost = {}): Promise<void> {
  const log = host.log ?? createLog();
  const stops: Stop[] = [];
  try {
    const serving = serveNode(options, host, log);
    stops.push(serving.stop);
    const at = (port: number) => ({ host: options.host, port });
    const health = await startHealthServer({ missing: serving.problems, log }, at(options.healthPort));
    stops.push(health.stop);
    const permitted = await startCanary(at(options.canaryPermitted));
    stops.push(permitted.stop);
    const denied = await startCanary(at(options.canaryDenied));
    stops.push(denied.stop);
    log.info('the agent started', { node: options.node, health: health.port, permitted: permitted.port, denied: denied.port });
    host.started?.({ health: health.port, permitted: permitted.port, denied: denied.port });
    await stopped(stop);
  } finally {
    await Promise.all(stops.map((end) => end()));
  }
}

/** Serves as soon as there are certificates, and with others when they change. */
function serveNode(options: AgentOptions, host: AgentHost, log: Log): { problems(): readonly string[]; stop: Stop } {
  const source = nodeWatch(options);
  let server: AgentServer | undefined;
  const take = async (certificates: AgentCertificates) => {
    if (server !== undefined) return server.replaceCertificates(certificates);
    server = await startAgentServer({ source, log }, certificates, { host: options.host, port: options.port });
    log.info('the agent answers', { host: options.host, port: server.port });
    host.serving?.(server.port);
  };
  const store = folderCertificateStore(options.certificates);
  const watch = watchAgentCertificates({ store, maker: certificateMaker, clock: CLOCK, log, everyMs: CERTIFICATE_CHECK_MS, take });
  return {
    problems: watch.problems,
    stop: async () => {
      await watch.stop();
      await server?.stop();
    },
  };
}

function nodeWatch({ node, proc, everyMs }: Pick<AgentOptions, 'node' | 'proc' | 'everyMs'>): AgentWatch {
  const memory = makeTableMemory();
  return watchNode({
    node,
    clock: CLOCK,
    everyMs,
    look: (only) => nodePods({ proc, only }),
    lookAgain: () => nodePods({ proc, memory }),
  });
}

/** Prints the sockets of every pod of this node. Throws a CommandError with code 3 where it cannot be looked at. */
export function printOnce({ node, proc }: Pick<AgentOptions, 'node' | 'proc'>, { out }: Pick<Io, 'out'>): void {
  try {
    out(`${nodeWatch({ node, proc, everyMs: 0 }).now().body}\n`);
  } catch (error) {
    throw new CommandError(EXIT.failed, `the node cannot be looked at: ${error instanceof Error ? error.message : String(error)}`);
  }
}
