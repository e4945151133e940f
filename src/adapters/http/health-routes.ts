import type { FastifyInstance } from 'fastify';

/** Ready, or why not: one sentence each. */
export type Readiness = () => readonly string[];

/**
 * `/healthz` answers 200 as long as the process serves. `/readyz` answers 200 when nothing is missing, else 503 and what is missing, a line
 * each (the convention of the API server's own endpoints: plain text).
 */
export function addHealthRoutes(app: FastifyInstance, missing: Readiness): void {
  app.get('/healthz', (_, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  app.get('/readyz', (_, reply) => {
    const reasons = missing();
    return reply
      .code(reasons.length === 0 ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(reasons.length === 0 ? 'ok\n' : `${reasons.map((reason) => `not ready: ${reason}`).join('\n')}\n`);
  });
}
