import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONTROLLER_NAME } from '../../core/agent-names.ts';
import { asRecord } from '../../core/unknown.ts';
import { FAILURES, type FailureReason, failureBody } from './failure.ts';

/** Answers the questions of the controller; see app/agent-watch.ts. */
export interface AgentSource {
  now(only?: ReadonlySet<string>): Answer;
  changed(tag: string, waitMs: number, signal: AbortSignal): Promise<Answer | undefined>;
}

interface Answer {
  readonly tag: string;
  readonly body: string;
}

/** Proxies and clients give up on a silent connection some time. */
const LONGEST_WAIT_SECONDS = 60;

/**
 * GET /sockets: what is true now, of all pods or (`?pod=UID`, any number) of some. With `If-None-Match` 304 where nothing that lasts changed since that
 * tag (RFC 9110, 13.1.2); with `Prefer: wait=SECONDS` (RFC 7240) besides, the answer comes with the first change, or as 304 when the time is up.
 */
export function addAgentRoute(app: FastifyInstance, source: AgentSource): void {
  app.get('/sockets', async (request, reply) => {
    if (!isController(request)) return refuse(reply, 'Forbidden', `only ${CONTROLLER_NAME} is answered`);
    const only = podsAsked(request.query);
    if (only === undefined) return refuse(reply, 'BadRequest', 'write ?pod=UID, once for each pod');
    if (only.size > 0) return send(reply, source.now(only));
    const tag = request.headers['if-none-match'];
    const seconds = waitAsked(request.headers.prefer);
    if (tag === undefined || seconds === undefined) {
      const answer = source.now();
      return answer.tag === tag ? unchanged(reply, tag) : send(reply.header('etag', answer.tag), answer);
    }
    const answer = await source.changed(tag, seconds * 1000, goneSignal(reply));
    reply.header('preference-applied', `wait=${seconds}`);
    return answer === undefined ? unchanged(reply, tag) : send(reply.header('etag', answer.tag), answer);
  });
}

/** Its certificate was verified in the handshake; others of the same CA (the gate's, another agent's) are none of the controller. */
function isController({ raw: { socket } }: FastifyRequest): boolean {
  return socket instanceof TLSSocket && socket.authorized && asRecord(socket.getPeerCertificate().subject).CN === CONTROLLER_NAME;
}

/** The pods of the query; undefined where it asks for something else. */
function podsAsked(query: unknown): ReadonlySet<string> | undefined {
  const { pod = [], ...others } = asRecord(query);
  const uids = [pod].flat();
  const known = uids.filter((uid) => typeof uid === 'string' && /^[0-9a-f-]{32,36}$/.test(uid)).map(String);
  return Object.keys(others).length === 0 && known.length === uids.length ? new Set(known) : undefined;
}

function waitAsked(prefer: string | readonly string[] | undefined): number | undefined {
  const seconds = /(?:^|[,;]\s*)wait\s*=\s*"?(\d{1,5})"?\s*(?:$|[,;])/i.exec([prefer ?? ''].flat().join(', '))?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
}

/** Ends when the caller went away. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}

function send(reply: FastifyReply, { body }: Answer): FastifyReply {
  return reply.header('cache-control', 'no-store').header('content-type', 'application/json').send(body);
}

function unchanged(reply: FastifyReply, tag: string): FastifyReply {
  return reply.code(304).header('etag', tag).send();
}

function refuse(reply: FastifyReply, reason: FailureReason, detail: string): FastifyReply {
  return reply.code(FAILURES[reason].status).header('content-type', 'application/json').send(failureBody(reason, detail));
}
