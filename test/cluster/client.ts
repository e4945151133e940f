import { Agent, request } from 'node:https';
import type { Endpoint, User } from './users.ts';

/** What the API server answers: an object, a list or a Status. Its fields are the server's word; a test compares the ones it is about. */
export interface ApiObject {
  readonly kind?: string;
  readonly metadata?: ApiMetadata;
  readonly items?: readonly ApiObject[];
  /** Of a Status: what went wrong. */
  readonly message?: string;
  readonly reason?: string;
  readonly [field: string]: unknown;
}

interface ApiMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Call {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Who asks; admin unless told otherwise. */
  readonly user?: User;
  /** Milliseconds without an answer after which the call fails; 30,000 unless told otherwise (without etcd the server hangs). */
  readonly timeout?: number;
}

export interface Answer {
  readonly status: number;
  /** The answer as JSON; an empty object when it is text. */
  readonly body: ApiObject;
  readonly text: string;
  /** What kubectl would print as `Warning: ...`, one text each. */
  readonly warnings: readonly string[];
}

export interface Client {
  /** Sends one request and answers whatever comes, errors of Kubernetes included. Throws only without an answer. */
  call(call: Call): Promise<Answer>;
  /** Drops the connections that are kept alive: those to a server that was stopped would fail the next call. */
  reset(): void;
}

/** An answer of status 400 or more where the test expected success. Its message is that of the Status. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ApiObject;
  constructor({ method, path }: Call, { status, body, text }: Answer) {
    super(`${method} ${path}: ${status} ${body.message ?? text}`);
    this.status = status;
    this.body = body;
  }
}

const TIMEOUT = 30_000;

/** A JSON client of one API server, over kept-alive connections. */
export function createClient({ url, ca, tokens }: Endpoint): Client {
  const connect = () => new Agent({ ca, keepAlive: true });
  let agent = connect();
  return {
    call(call) {
      const authorization = `Bearer ${tokens[call.user ?? 'admin']}`;
      return send(new URL(call.path, url), agent, { ...call, headers: { authorization, ...call.headers } });
    },
    reset() {
      agent.destroy();
      agent = connect();
    },
  };
}

function send(url: URL, agent: Agent, call: Call): Promise<Answer> {
  const { method, body, timeout = TIMEOUT } = call;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (payload !== undefined) {
    headers['content-type'] = contentType(method, body);
    headers['content-length'] = `${Buffer.byteLength(payload)}`; // Node leaves it out for DELETE
  }
  const options = { agent, method, headers: { ...headers, ...call.headers }, signal: AbortSignal.timeout(timeout) };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.once('error', reject);
      incoming.once('end', () => {
        const isJson = incoming.headers['content-type']?.startsWith('application/json') === true;
        const warnings = (incoming.headersDistinct.warning ?? []).map(warningText);
        resolve({ status: incoming.statusCode ?? 0, body: isJson ? JSON.parse(text) : {}, text, warnings });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(payload);
  });
}

/** A Warning header as the API server writes it, `299 - "text"` (RFC 7234, section 5.5): its text. */
function warningText(header: string): string {
  return header.replace(/^299 \S+ "(.*)"$/, '$1').replace(/\\(.)/g, '$1');
}

/** The kind of a patch is seen by its shape: a list is JSON Patch (RFC 6902), an object is JSON Merge Patch (RFC 7396). */
function contentType(method: Method, body: unknown): string {
  if (method !== 'PATCH') return 'application/json';
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}
