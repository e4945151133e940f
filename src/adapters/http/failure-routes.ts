import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Log } from '../../ports.ts';
import { FAILURES, type FailureReason, failureBody, reasonOfStatus } from './failure.ts';

/** Answers everything that no route answers: unknown paths, wrong methods (with `Allow`), bodies that the library refuses, throws. */
export function addFailureRoutes(app: FastifyInstance, methods: Readonly<Record<string, string>>, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allow = Object.hasOwn(methods, path) ? methods[path] : undefined;
    if (allow === undefined) return sendFailure(reply, 'NotFound', `there are ${Object.keys(methods).join(', ')}`);
    return sendFailure(reply.header('allow', allow), 'MethodNotAllowed');
  });
  app.setErrorHandler((error: FastifyError, _, reply) => {
    const reason = reasonOfStatus(error.statusCode ?? 500);
    if (FAILURES[reason].status >= 500) log.error('a request failed', { error });
    return sendFailure(reply, reason);
  });
}

/** Sends a Status with the HTTP status of its reason. */
function sendFailure(reply: FastifyReply, reason: FailureReason, detail = ''): FastifyReply {
  return reply.code(FAILURES[reason].status).header('content-type', 'application/json').send(failureBody(reason, detail));
}

const CLIENT_ERRORS: Readonly<Record<string, FailureReason>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
  HPE_HEADER_OVERFLOW: 'RequestHeaderFieldsTooLarge',
};

/** What is no HTTP at all, or stops half-way, is answered where possible and its connection closed. */
export function answerClientError(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const reason = CLIENT_ERRORS[error.code ?? ''] ?? 'BadRequest';
  const body = failureBody(reason);
  const head = `HTTP/1.1 ${FAILURES[reason].status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy());
}
