import type { Server } from 'node:https';
import type { FastifyInstance } from 'fastify';
import { createGate, type GateOptions } from './app.ts';
import { type Farewell, farewellOf } from './farewell.ts';
import { listeningPort } from './listening-port.ts';

/** A listening gate. */
export interface GateServer {
  readonly port: number;
  /** From now on new connections get this certificate, and open ones end with their next answer. Throws on a pair that does not fit; then the old one stays. */
  replaceCertificate(certificate: { readonly cert: string; readonly key: string }): void;
  /** Stops without losing a call; see `StopOptions`. A second call waits for the first. */
  stop(options?: Partial<StopOptions>): Promise<void>;
}

/**
 * The API server goes on sending on connections that it has to a pod which ends (kubernetes#127335): so first readiness fails, then for
 * `delayMs` calls are served with `Connection: close`, then idle connections are closed and open calls have `drainMs` to end.
 */
interface StopOptions {
  readonly delayMs: number;
  readonly drainMs: number;
}

const DEFAULT_STOP: StopOptions = { delayMs: 10_000, drainMs: 5_000 };

/** Listens on the address; port 0 takes a free one. Rejects where the address cannot be had. */
export async function startGate(options: GateOptions, listen: { readonly host: string; readonly port: number }): Promise<GateServer> {
  let stopped: Promise<void> | undefined;
  const app = createGate({ ...options, missing: () => (stopped === undefined ? options.missing() : ['stopping']) });
  const farewell = farewellOf(app.server);
  await app.listen(listen);
  return {
    port: listeningPort(app.server),
    replaceCertificate(certificate) {
      app.server.setSecureContext({ ...certificate, minVersion: 'TLSv1.2', ...(options.clientCa ? { ca: options.clientCa } : {}) });
      farewell.toOpen();
    },
    stop(stopOptions = {}) {
      stopped ??= stopGracefully(app, farewell, { ...DEFAULT_STOP, ...stopOptions });
      return stopped;
    },
  };
}

async function stopGracefully(app: FastifyInstance<Server>, farewell: Farewell, { delayMs, drainMs }: StopOptions): Promise<void> {
  farewell.toAll();
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  const deadline = setTimeout(() => app.server.closeAllConnections(), drainMs);
  try {
    await app.close();
  } finally {
    clearTimeout(deadline);
  }
}
