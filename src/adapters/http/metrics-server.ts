import Fastify from 'fastify';
import type { Log } from '../../ports.ts';
import { addFailureRoutes } from './failure-routes.ts';
import { addHealthRoutes, type Health } from './health-routes.ts';
import { listeningPort } from './listening-port.ts';

/** What the metrics server shows. */
export interface MetricsServerOptions extends Health {
  /** The metrics in the text format of Prometheus, and its content type. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly log: Log;
}

/** Serves GET /metrics, /healthz, /livez and /readyz over plain HTTP on a port of its own. Port 0 takes a free one. */
export async function startMetricsServer(
  options: MetricsServerOptions,
  listen: { readonly host: string; readonly port: number },
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const app = Fastify({ logger: false, return503OnClosing: false, forceCloseConnections: true, bodyLimit: 1024 });
  app.get('/metrics', async (_, reply) => {
    const { contentType, text } = await options.metrics();
    return reply.header('content-type', contentType).send(text);
  });
  addHealthRoutes(app, options);
  addFailureRoutes(app, { '/metrics': 'GET, HEAD', '/healthz': 'GET, HEAD', '/livez': 'GET, HEAD', '/readyz': 'GET, HEAD' }, options.log);
  await app.listen(listen);
  return { port: listeningPort(app.server), stop: () => app.close().then(() => undefined) };
}
