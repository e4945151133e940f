import { once } from 'node:events';
import { get } from 'node:https';
import { connect, createServer, type Socket } from 'node:net';
import { until } from '../cluster/wait.ts';

/**
 * One address before several gates, as a Service is: a new connection goes to one of those that say that they are ready, an open one stays
 * where it is. Only bytes pass: TLS ends at the gate.
 */
export interface Balancer {
  readonly port: number;
  /** Takes a gate on 127.0.0.1 in and waits until it is ready. */
  add(port: number): Promise<void>;
  /** Forgets a gate: its process is gone. */
  remove(port: number): void;
  /** Connections that found no gate ready. */
  refused(): number;
  stop(): Promise<void>;
}

/** deploy/base probes every 2 s. What matters is that the gate serves on for longer than it takes to see that it is not ready. */
const PROBE_MS = 200;

/** Starts with no gate: everybody is refused. */
export async function startBalancer(): Promise<Balancer> {
  const readiness = new Map<number, boolean>();
  const open = new Set<Socket>();
  let turn = 0;
  let refused = 0;
  const server = createServer((socket) => {
    const ready = [...readiness].filter(([, isReady]) => isReady).map(([port]) => port);
    const port = ready[turn++ % ready.length];
    if (port === undefined) {
      refused += 1;
      socket.destroy();
      return;
    }
    join(socket, connect({ host: '127.0.0.1', port }), open);
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const probes = setInterval(() => {
    for (const port of readiness.keys()) void probe(port, readiness);
  }, PROBE_MS);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async add(port) {
      readiness.set(port, false);
      await until(`the gate at ${port} to be ready`, async () => readiness.get(port) === true, { deadline: 30_000 });
    },
    remove: (port) => readiness.delete(port),
    refused: () => refused,
    async stop() {
      clearInterval(probes);
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What one side sends or ends, the other gets. */
function join(left: Socket, right: Socket, open: Set<Socket>): void {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    open.add(one);
    one.setNoDelay(true);
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.once('close', () => {
      open.delete(one);
      other.destroy();
    });
  }
}

/** As the kubelet asks: it trusts any certificate, and silence is no. */
async function probe(port: number, readiness: Map<number, boolean>): Promise<void> {
  const isReady = await new Promise<boolean>((resolve) => {
    const call = get({ host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
  });
  if (readiness.has(port)) readiness.set(port, isReady);
}
