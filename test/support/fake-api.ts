import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '../../src/adapters/kube/access.ts';
import { loopbackPair, type Pair } from '../cluster/pki.ts';

/** A request as it came in. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** Answers one request, well or badly. */
export type Responder = (response: ServerResponse, seen: Seen) => void;

/** An HTTPS server on loopback that answers as it is told, and counts. */
export interface FakeApi extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  /** A service account of a pod, token `first-token`, mounted in a folder of its own. */
  readonly access: Extract<Access, { kind: 'service-account' }> & { readonly folder: string };
  readonly seen: readonly Seen[];
  /** TLS connections so far. */
  connections(): number;
  /** The next request that matches gets this answer, before any other. */
  next(matches: (seen: Seen) => boolean, responder: Responder): void;
  /** Every request that nothing else answers gets this answer. */
  otherwise(responder: Responder): void;
}

let pair: Pair | undefined;

/** Starts a server on a free port; without further words it answers 404 with a Status. */
export async function startFakeApi(): Promise<FakeApi> {
  pair ??= loopbackPair();
  const seen: Seen[] = [];
  const scripted: { readonly matches: (seen: Seen) => boolean; readonly responder: Responder }[] = [];
  let fallback: Responder = (response) => sendStatus(response, 404, 'NotFound', 'the server could not find the requested resource');
  let connections = 0;
  const server = createServer(pair, async (request, response) => {
    const one = await read(request);
    seen.push(one);
    const index = scripted.findIndex(({ matches }) => matches(one));
    const [script] = index < 0 ? [] : scripted.splice(index, 1);
    (script?.responder ?? fallback)(response, one);
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = await mountServiceAccount(pair.cert);
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    ca: pair.cert,
    access: { kind: 'service-account', host: '127.0.0.1', port: String(port), folder },
    seen,
    connections: () => connections,
    next: (matches, responder) => scripted.push({ matches, responder }),
    otherwise: (responder) => {
      fallback = responder;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function mountServiceAccount(ca: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-service-account-'));
  await writeFile(join(folder, 'ca.crt'), ca);
  await writeFile(join(folder, 'token'), 'first-token\n');
  await writeFile(join(folder, 'namespace'), 'portcullis-system');
  return folder;
}

async function read(request: IncomingMessage): Promise<Seen> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const url = new URL(request.url ?? '/', 'https://fake');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** Sends a JSON body. */
export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Sends an error as the API server does. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
) {
  sendJson(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }, headers);
}

/** Breaks the connection without an answer. */
export const breakConnection: Responder = (response) => {
  response.destroy();
};

/** Takes the request and says nothing. */
export const staySilent: Responder = () => {};
