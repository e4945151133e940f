import type { Agent, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Headers } from './identity.ts';
import { KubeError, noAnswer } from './kube-error.ts';

/** A connection that is not there after so long is tried anew: after an outage nothing should wait for one that began during it. */
const CONNECT_MS = 5_000;

/** One HTTP request, ready to go out. */
export interface Exchange {
  /** For people: `GET /api/v1/pods`. */
  readonly what: string;
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  /** Bytes: with a text Node would write the headers in the encoding of the body. */
  readonly body?: Buffer;
  readonly agent: Agent;
  /** Until the headers are there. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A response whose body is still to be read. */
export interface OpenExchange {
  readonly response: IncomingMessage;
  /** From now on, so many milliseconds without another call of this end it with a Timeout. */
  allow(ms: number): void;
  /** The error of a failure while the body was read. */
  failure(error: unknown): KubeError;
  /** Frees timer and signal, and ends the connection unless the whole body was read. Call it always. */
  close(): void;
}

/** Sends the request and answers once the headers are there, whatever their status. Rejects with a KubeError that says why there is no answer. */
export async function openExchange(exchange: Exchange): Promise<OpenExchange> {
  const { what, signal, timeoutMs } = exchange;
  const outgoing = begin(exchange);
  // Before the response the request is what can fail; after it, the response is.
  let open: { destroy(error: Error): unknown } = outgoing;
  let reason: KubeError | undefined;
  const end = (error: KubeError) => {
    reason ??= error;
    open.destroy(error);
  };
  const expire = (ms: number) => setTimeout(() => end(nothing(`${what}: no answer within ${ms} ms`, 'Timeout')), ms);
  let timer = expire(timeoutMs);
  const stopConnecting = limitConnecting(outgoing, () => end(nothing(`${what}: no connection within ${CONNECT_MS} ms`, 'Timeout')));
  const abort = () => end(nothing(`${what}: called off`, 'Aborted'));
  const failure = (error: unknown) => reason ?? noAnswer(what, error);
  const close = () => {
    clearTimeout(timer);
    stopConnecting();
    signal?.removeEventListener('abort', abort);
  };
  signal?.addEventListener('abort', abort);
  try {
    if (signal?.aborted) abort();
    const response = await headersOf(outgoing, exchange.body);
    open = response;
    return {
      response,
      allow(ms) {
        clearTimeout(timer);
        timer = expire(ms);
      },
      failure,
      close() {
        close();
        if (!response.complete) response.destroy();
      },
    };
  } catch (error) {
    close();
    throw failure(error);
  }
}

/** A certificate that does not fit its key is found here: both may be in the middle of being replaced. */
function begin({ what, url, agent, method, headers }: Exchange): ReturnType<typeof request> {
  try {
    return request(url, { agent, method, headers });
  } catch (error) {
    throw noAnswer(what, error, 'Credentials');
  }
}

/** Limits the time until the TLS handshake of a new connection has ended. Answers what calls the limit off. */
function limitConnecting(outgoing: ReturnType<typeof request>, expired: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => clearTimeout(timer);
  outgoing.once('socket', (socket) => {
    if (!socket.connecting || outgoing.destroyed) return;
    timer = setTimeout(expired, CONNECT_MS);
    socket.once('secureConnect', stop);
  });
  return stop;
}

function headersOf(outgoing: ReturnType<typeof request>, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', (response) => resolve(response.setEncoding('utf8')));
    outgoing.on('error', reject); // stays: an error after the response comes out of the body as well
    outgoing.end(body);
  });
}

function nothing(message: string, reason: 'Timeout' | 'Aborted'): KubeError {
  return new KubeError(message, { status: 0, reason });
}
