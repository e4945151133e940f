import type { FastifyInstance, FastifyReply } from 'fastify';

/** What is wrong, one sentence each; empty: nothing. */
export type Reasons = () => readonly string[];

export interface Health {
  /** What is missing to be ready. */
  readonly missing: Reasons;
  /** What only a restart mends; absent: nothing ever does. */
  readonly stuck?: Reasons;
}

/**
 * `/healthz` answers 200 as long as the process serves: where its event loop is stuck it answers nothing, and whoever asks gives up. `/livez` says
 * as well whether a restart is needed, and `/readyz` whether calls are to be sent here: 200 when nothing is wrong, else 503 and what is, a line
 * each (the convention of the API server's own endpoints: plain text).
 */
export function addHealthRoutes(app: FastifyInstance, { missing, stuck = () => [] }: Health): void {
  app.get('/healthz', (_, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  app.get('/livez', (_, reply) => answer(reply, 'not alive', stuck()));
  app.get('/readyz', (_, reply) => answer(reply, 'not ready', missing()));
}

function answer(reply: FastifyReply, verdict: string, reasons: readonly string[]): FastifyReply {
  return reply
    .code(reasons.length === 0 ? 200 : 503)
    .type('text/plain; charset=utf-8')
    .send(reasons.length === 0 ? 'ok\n' : `${reasons.map((reason) => `${verdict}: ${reason}`).join('\n')}\n`);
}
