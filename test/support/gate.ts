import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { makeAuthority, makeLeaf } from '../../src/adapters/certs/authority.ts';
import { servedNames } from '../../src/adapters/certs/names.ts';
import type { GateOptions } from '../../src/adapters/http/app.ts';
import { type GateServer, startGate } from '../../src/adapters/http/server.ts';
import { allowed } from '../../src/core/admission.ts';
import { rememberingLog } from './silence.ts';

const NAMES = servedNames('portcullis', 'portcullis-system', { loopback: true });

/** A CA and a server certificate for this machine. */
export async function makeServing(): Promise<{ ca: string; cert: string; key: string }> {
  const authority = await makeAuthority(new Date());
  const leaf = await makeLeaf(authority, NAMES, new Date());
  return { ca: authority.certificate, cert: leaf.certificate, key: leaf.key };
}

/** A gate on a free port that admits everything, but for the options given. */
export function startTestGate(serving: { cert: string; key: string }, options: Partial<GateOptions> = {}): Promise<GateServer> {
  const admit = () => allowed('test');
  const defaults = { certificate: serving, validate: admit, mutate: admit, missing: () => [], log: rememberingLog() };
  return startGate({ ...defaults, ...options }, { host: '127.0.0.1', port: 0 });
}

/** A socket with TLS on it, for bytes that no HTTP client would send. */
export function connectRaw(port: number, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Everything that the other side sends until it closes. */
export function readToEnd(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

/** One POST; answers status, headers and parsed JSON. */
export function post(url: string, body: string, options: { ca: string; agent?: import('node:https').Agent }) {
  return new Promise<{ status: number; headers: import('node:http').IncomingHttpHeaders; body: unknown }>((resolve, reject) => {
    const call = request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) }));
    });
    call.on('error', reject).end(body);
  });
}

/** A promise that is settled from outside: a handler that waits for the test, or a test that waits for the handler. */
export function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle(value) };
}
