import type { Server } from 'node:https';
import { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Log } from '../../ports.ts';
import { type AdmissionHandler, addAdmissionRoute } from './admission-routes.ts';
import { addFailureRoutes, answerClientError, sendFailure } from './failure-routes.ts';
import { addHealthRoutes, type Readiness } from './health-routes.ts';
import { createLoad, type Load } from './load.ts';

/** The largest review: the API server takes objects of 3 MiB, and an UPDATE carries two of them. */
const BODY_LIMIT = 8 * 1024 * 1024;

/** The gate as an HTTP application. */
export interface GateOptions {
  readonly certificate: { readonly cert: string; readonly key: string };
  /** PEM of the CA that callers must show a certificate of; absent: anybody may ask, as API servers show none by default. */
  readonly clientCa?: string;
  readonly validate: AdmissionHandler;
  readonly mutate: AdmissionHandler;
  /** What is missing to be ready. */
  readonly missing: Readiness;
  readonly log: Log;
  readonly limits?: Partial<GateLimits>;
}

/** Milliseconds, counts and bytes. */
export interface GateLimits {
  /** The API server keeps idle connections for 90 s (Go's default transport) and sends on them without asking: ours must live longer. */
  readonly keepAliveMs: number;
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often the two limits above are checked. */
  readonly checkMs: number;
  /** 0: no limit. Else a connection is closed after so many requests, which spreads API servers over the replicas (kubernetes#75791). */
  readonly requestsPerSocket: number;
  readonly callsInFlight: number;
  readonly bytesInFlight: number;
}

const DEFAULT_LIMITS: GateLimits = {
  keepAliveMs: 100_000,
  headersMs: 15_000,
  requestMs: 30_000,
  checkMs: 2_000,
  requestsPerSocket: 0,
  callsInFlight: 512,
  bytesInFlight: 64 * 1024 * 1024,
};

/** Assembles the application: POST /validate, POST /mutate, GET /healthz, GET /readyz over TLS and HTTP/1.1. It does not listen. */
export function createGate(options: GateOptions): FastifyInstance<Server> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = assemble(options, limits);
  app.server.headersTimeout = limits.headersMs;
  readBodiesAsText(app);
  const guard = createGuard(createLoad({ calls: limits.callsInFlight, bytes: limits.bytesInFlight }), options.clientCa !== undefined);
  app.register(async (admission) => {
    admission.addHook('onRequest', guard);
    addAdmissionRoute(admission, '/validate', { handler: options.validate, log: options.log });
    addAdmissionRoute(admission, '/mutate', { handler: options.mutate, log: options.log });
  });
  addHealthRoutes(app, options.missing);
  addFailureRoutes(app, { '/validate': 'POST', '/mutate': 'POST', '/healthz': 'GET, HEAD', '/readyz': 'GET, HEAD' }, options.log);
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

/** The body reaches the decoder as text, parsed by nobody before. */
function readBodiesAsText(app: FastifyInstance<Server>): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => done(null, body));
}

/** Turns away strangers and floods before their body is read. */
function createGuard(load: Load, callersMustProve: boolean) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { socket, headers } = request.raw;
    if (callersMustProve && !(socket instanceof TLSSocket && socket.authorized)) {
      sendFailure(reply.header('connection', 'close'), 'Forbidden');
      return;
    }
    const announced = Number(headers['content-length'] ?? BODY_LIMIT);
    const bytes = announced >= 0 && announced <= BODY_LIMIT ? announced : 0;
    if (!load.enter(bytes)) {
      sendFailure(reply.header('connection', 'close').header('retry-after', '1'), 'Overloaded');
      return;
    }
    reply.raw.once('close', () => load.leave(bytes));
    done();
  };
}
