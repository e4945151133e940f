import type { Server } from 'node:https';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Log } from '../../ports.ts';
import { type AdmissionHandler, addAdmissionRoute } from './admission-route.ts';
import { BODY_LIMIT } from './body.ts';
import { boundConnections } from './connection-bound.ts';
import { addFailureRoutes, answerClientError } from './failure-routes.ts';
import { addHealthRoutes, type Health } from './health-routes.ts';
import { createLoad } from './load.ts';

/** The gate as an HTTP application. */
export interface GateOptions extends Health {
  readonly certificate: { readonly cert: string; readonly key: string };
  /** PEM of the CA that callers must show a certificate of; absent: anybody may ask, as API servers show none by default. */
  readonly clientCa?: string;
  readonly validate: AdmissionHandler;
  readonly mutate: AdmissionHandler;
  readonly log: Log;
  readonly limits?: Partial<GateLimits>;
}

/** Milliseconds, counts and bytes. */
interface GateLimits {
  /** The API server keeps idle connections for 90 s (Go's default transport) and sends on them without asking: ours must live longer. */
  readonly keepAliveMs: number;
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often the two limits above are checked. */
  readonly checkMs: number;
  /** 0: no limit. Else a connection is closed after so many requests, which spreads API servers over the replicas (kubernetes#75791). */
  readonly requestsPerSocket: number;
  /** Of all callers together: three API servers that ask about 200 changes each, and their spare ones. About 40 kB each. */
  readonly connections: number;
  readonly callsInFlight: number;
  /** Of bodies. A body takes four times its size until it is judged, and deploy/base gives a webhook 256 MiB. */
  readonly bytesInFlight: number;
}

const DEFAULT_LIMITS: GateLimits = {
  keepAliveMs: 100_000,
  headersMs: 10_000,
  requestMs: 10_000,
  checkMs: 2_000,
  requestsPerSocket: 0,
  connections: 1024,
  callsInFlight: 512,
  bytesInFlight: 24 * 1024 * 1024,
};

/** Assembles the application: POST /validate, POST /mutate, GET /healthz, GET /livez, GET /readyz over TLS and HTTP/1.1. It does not listen. */
export function createGate(options: GateOptions): FastifyInstance<Server> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = assemble(options, limits);
  app.server.headersTimeout = limits.headersMs;
  boundConnections(app.server, limits.connections);
  const load = createLoad({ calls: limits.callsInFlight, bytes: limits.bytesInFlight });
  const edge = { load, callersMustProve: options.clientCa !== undefined, log: options.log };
  addAdmissionRoute(app, '/validate', { ...edge, handler: options.validate });
  addAdmissionRoute(app, '/mutate', { ...edge, handler: options.mutate });
  addHealthRoutes(app, options);
  addFailureRoutes(
    app,
    { '/validate': 'POST', '/mutate': 'POST', '/healthz': 'GET, HEAD', '/livez': 'GET, HEAD', '/readyz': 'GET, HEAD' },
    options.log,
  );
  return app;
}

function assemble(options: GateOptions, limits: GateLimits): FastifyInstance<Server> {
  const { certificate, clientCa } = options;
  return Fastify({
    https: {
      ...certificate,
      ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    logger: false,
    keepAliveTimeout: limits.keepAliveMs,
    requestTimeout: limits.requestMs,
    maxRequestsPerSocket: limits.requestsPerSocket,
    bodyLimit: BODY_LIMIT,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
  });
}
