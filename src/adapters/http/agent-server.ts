import { constants } from 'node:crypto';
import Fastify from 'fastify';
import type { Log } from '../../ports.ts';
import { type AgentSource, addAgentRoute } from './agent-route.ts';
import { addFailureRoutes, answerClientError } from './failure-routes.ts';
import { farewellOf } from './farewell.ts';
import { addHealthRoutes, type Reasons } from './health-routes.ts';
import { knownCallersOf } from './known-callers.ts';
import { listeningPort } from './listening-port.ts';

/** PEM texts; `ca` may hold several, and callers must show a certificate of one of them. */
export interface AgentTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface Listen {
  readonly host: string;
  readonly port: number;
}

export interface AgentServer {
  readonly port: number;
  /**
   * From now on new connections get this certificate and must show one of this CA. Open ones end with their next answer, those of callers whom
   * this CA does not vouch for at once. Throws on a pair that does not fit; then the old one stays.
   */
  replaceCertificates(tls: AgentTls): void;
  /** Ends at once: whoever waits for a change asks again elsewhere. */
  stop(): Promise<void>;
}

/** No session is taken up again: a caller proves itself in each handshake, also after the CA changed. */
const TLS = { minVersion: 'TLSv1.3', secureOptions: constants.SSL_OP_NO_TICKET } as const;

/** Serves GET /sockets over mutual TLS. Port 0 takes a free one. */
export async function startAgentServer(parts: { source: AgentSource; log: Log }, tls: AgentTls, listen: Listen): Promise<AgentServer> {
  const app = Fastify({
    https: { ...TLS, ...tls, requestCert: true, rejectUnauthorized: true, handshakeTimeout: 15_000 },
    logger: false,
    keepAliveTimeout: 100_000,
    requestTimeout: 15_000,
    bodyLimit: 1024,
    forceCloseConnections: true,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
  });
  const [farewell, callers] = [farewellOf(app.server), knownCallersOf(app.server)];
  addAgentRoute(app, parts.source);
  addFailureRoutes(app, { '/sockets': 'GET, HEAD' }, parts.log);
  await app.listen(listen);
  return {
    port: listeningPort(app.server),
    replaceCertificates(next) {
      app.server.setSecureContext({ ...TLS, ...next });
      callers.onlyOf(next.ca);
      farewell.toOpen();
    },
    stop: () => app.close().then(() => undefined),
  };
}

/** Serves GET /healthz and /readyz over plain HTTP, for the kubelet. */
export async function startHealthServer(
  parts: { missing: Reasons; log: Log },
  listen: Listen,
): Promise<Pick<AgentServer, 'port' | 'stop'>> {
  const app = Fastify({ logger: false, return503OnClosing: false, forceCloseConnections: true, bodyLimit: 1024 });
  addHealthRoutes(app, parts);
  addFailureRoutes(app, { '/healthz': 'GET, HEAD', '/livez': 'GET, HEAD', '/readyz': 'GET, HEAD' }, parts.log);
  await app.listen(listen);
  return { port: listeningPort(app.server), stop: () => app.close().then(() => undefined) };
}
