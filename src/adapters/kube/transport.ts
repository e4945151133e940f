import { setTimeout as pause } from 'node:timers/promises';
import { withoutSecrets } from '../../core/without-secrets.ts';
import { type Access, openIdentity } from './access.ts';
import { makeAgents } from './agents.ts';
import { type Exchange, type OpenExchange, openExchange } from './exchange.ts';
import type { Credentials, Headers, Identity } from './identity.ts';
import { readJson, readJsonLines } from './json-body.ts';
import { KubeError, noAnswer } from './kube-error.ts';
import { nameOfProxy } from './proxy-environment.ts';
import { twiceIfRefused } from './renewal.ts';
import { retryDelay } from './retry.ts';

/** Calls to one API server, as raw JSON. Every failure is a KubeError. */
export interface KubeTransport {
  /** `https://host:port`, for people: without the name and password that may stand before the host. */
  readonly server: string;
  /** The namespace of the context or of the service account, where it names one. */
  readonly namespace?: string;
  /** Sends one call, again where that is safe, and answers the parsed body. */
  request(call: KubeCall): Promise<unknown>;
  /** GETs a watch: each line as it comes, until the server ends it. Never repeated by itself. */
  stream(call: StreamCall): AsyncIterable<unknown>;
  /** Closes all connections; what is under way fails. */
  close(): void;
}

export interface KubeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Query;
  readonly body?: unknown;
  /** Of the body; `application/json` unless given. */
  readonly contentType?: string;
  /** For each attempt, from sending to the last byte; 10,000 unless given. */
  readonly timeoutMs?: number;
  /** How often the call is sent at most; 5 unless given. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

type Sent = Omit<KubeCall, 'attempts'>;

interface StreamCall {
  readonly path: string;
  readonly query?: Query;
  /** Until the server answers at all; 10,000 unless given. */
  readonly timeoutMs?: number;
  /** Silence after which the stream ends with a Timeout. */
  readonly idleMs: number;
  readonly signal?: AbortSignal;
}

export interface TransportOptions {
  /** Of Portcullis, for the User-Agent. */
  readonly version: string;
  readonly random?: () => number;
  /** Longest body, and longest line of a watch, in characters. */
  readonly maxCharacters?: number;
}

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 5;
/** A page of 100 of the largest objects seen is below 4 MiB; etcd takes no object above 1.5 MiB. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Opens the way to a cluster; no connection is made before the first call. Rejects with a KubeError where the access is unusable. */
export async function connect(access: Access, options: TransportOptions): Promise<KubeTransport> {
  return transportFor(await openIdentity(access), options);
}

/** Calls as this identity. */
export function transportFor(identity: Identity, options: TransportOptions): KubeTransport {
  const { version, random = Math.random, maxCharacters = MAX_CHARACTERS } = options;
  const agents = makeAgents();
  const open = async (call: Sent, credentials: Credentials): Promise<OpenExchange> => {
    const agent = agents.agentFor(credentials);
    const exchange = exchangeOf(identity.server, call, { ...credentials.headers, 'user-agent': `portcullis/${version}` });
    return openExchange({ ...exchange, what: nameOf(call, credentials), agent });
  };
  const suspect = (error: unknown): never => {
    if (error instanceof KubeError && error.reason === 'Timeout') agents.dropIdle();
    throw error;
  };
  const ask = (call: Sent) =>
    twiceIfRefused(identity, async (credentials) => readWhole(call, await open(call, credentials), maxCharacters)).catch(suspect);
  const watch = (call: Sent) =>
    twiceIfRefused(identity, async (credentials) => {
      const exchange = await open(call, credentials);
      if (exchange.response.statusCode !== 200) await readWhole(call, exchange, maxCharacters);
      return exchange;
    }).catch(suspect);
  return {
    server: withoutSecrets(identity.server.href).replace(/\/$/, ''),
    ...(identity.namespace === undefined ? {} : { namespace: identity.namespace }),
    request: (call) => repeat(call, random, () => ask(call)),
    async *stream(call) {
      const get = { ...call, method: 'GET' } as const;
      const exchange = await watch(get);
      try {
        yield* readJsonLines(nameOf(get), exchange, { idleMs: call.idleMs, maxCharacters });
      } catch (error) {
        suspect(error);
      } finally {
        exchange.close();
      }
    },
    close: () => agents.close(),
  };
}

function exchangeOf(server: URL, call: Sent, headers: Headers): Omit<Exchange, 'agent' | 'what'> {
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const about = body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json', 'content-length': `${body.length}` };
  return {
    url: addressOf(server, call),
    method: call.method,
    headers: { ...headers, accept: 'application/json', ...about },
    ...(body === undefined ? {} : { body }),
    timeoutMs: call.timeoutMs ?? TIMEOUT_MS,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  };
}

function addressOf(server: URL, { path, query = {} }: Pick<KubeCall, 'path' | 'query'>): URL {
  const url = new URL(server.pathname.replace(/\/$/, '') + path, server);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

async function readWhole(call: Sent, exchange: OpenExchange, maxCharacters: number): Promise<unknown> {
  try {
    return await readJson(nameOf(call), exchange, maxCharacters);
  } finally {
    exchange.close();
  }
}

async function repeat(call: KubeCall, random: () => number, send: () => Promise<unknown>): Promise<unknown> {
  const { attempts = ATTEMPTS, signal } = call;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const delay = retryDelay(error, { ...call, attempt, attempts }, random);
      if (delay === undefined || signal?.aborted) throw error;
      await pause(delay, undefined, signal === undefined ? {} : { signal }).catch((aborted) => {
        throw noAnswer(nameOf(call), aborted, 'Aborted');
      });
    }
  }
}

function nameOf({ method, path }: Pick<KubeCall, 'method' | 'path'>, { proxy }: Pick<Credentials, 'proxy'> = {}): string {
  return `${method} ${path}${proxy === undefined ? '' : ` through the proxy ${nameOfProxy(proxy)}`}`;
}
