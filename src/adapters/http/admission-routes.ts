import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AdmissionAnswer, AdmissionRequest } from '../../core/admission.ts';
import type { Log } from '../../ports.ts';
import { deadlineMs, withDeadline } from './deadline.ts';
import { type Decoded, decodeReview } from './decode.ts';
import { encodeAnswer, encodeMalformed } from './encode.ts';
import { FAILURES } from './failure.ts';

/** Decides one request. A throw or a rejection is answered as a failure of the gate. */
export type AdmissionHandler = (request: AdmissionRequest) => AdmissionAnswer | Promise<AdmissionAnswer>;

/** Adds POST routes of this path and handler: decode, decide, encode. A verdict is HTTP 200, also a denial; what is no review is 4xx. */
export function addAdmissionRoute(app: FastifyInstance, path: string, options: { handler: AdmissionHandler; log: Log }): void {
  app.post(path, async (request, reply) => answerReview(request, reply, options));
}

function answerReview(
  request: FastifyRequest,
  reply: FastifyReply,
  { handler, log }: { handler: AdmissionHandler; log: Log },
): FastifyReply | Promise<FastifyReply> {
  const decoded = decodeReview(typeof request.body === 'string' ? request.body : '');
  if (decoded.kind === 'malformed') {
    return sendJson(reply.code(FAILURES[decoded.reason].status), encodeMalformed(decoded.reason, decoded.detail, decoded));
  }
  const answer = decide(decoded, handler, log);
  if (!(answer instanceof Promise)) return sendJson(reply, encodeAnswer(head(decoded), answer));
  const late = () => failed(decoded.request, 'the decision took too long', log);
  return withDeadline(answer, deadlineMs(request.url), late).then((value) => sendJson(reply, encodeAnswer(head(decoded), value)));
}

type Review = Extract<Decoded, { kind: 'review' }>;

/** The answer of the handler; whatever it throws becomes an answer as well: a caller never waits in vain, and is never admitted by an error. */
function decide({ request }: Review, handler: AdmissionHandler, log: Log): AdmissionAnswer | Promise<AdmissionAnswer> {
  try {
    const answer = handler(request);
    return answer instanceof Promise ? answer.catch((error: unknown) => failed(request, error, log)) : answer;
  } catch (error) {
    return failed(request, error, log);
  }
}

/** Details of the error are for the operator's log, not for the caller. */
function failed(request: AdmissionRequest, error: unknown, log: Log): AdmissionAnswer {
  const { kind, namespace, name, operation, uid } = request;
  log.error('the gate failed on a request', {
    uid,
    operation,
    kind: kind.kind,
    namespace,
    name,
    error: error instanceof Error ? error : String(error),
  });
  const message = 'portcullis failed on this request; see its log for the uid of the request';
  return { allowed: false, reason: 'gate-failed', message: `${message} (${uid})`, code: 500, warnings: [], auditAnnotations: {} };
}

function head({ apiVersion, request }: Review): { apiVersion: Review['apiVersion']; uid: string } {
  return { apiVersion, uid: request.uid };
}

function sendJson(reply: FastifyReply, body: string): FastifyReply {
  return reply.header('content-type', 'application/json').send(body);
}
