import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identity } from '../../src/adapters/kube/identity.ts';
import { loopbackPair, type Pair } from '../cluster/pki.ts';

/** One command as the server was asked to run it. */
export interface Asked {
  readonly path: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly protocol: string;
  readonly authorization: string;
  /** Of the query: whether input, output and a terminal were asked for. */
  readonly streams: string;
}

/** What happens to one command. */
export type Act = (session: Session, asked: Asked) => void;

/** The side of the server of one command. */
export interface Session {
  out(text: string | Buffer): void;
  err(text: string): void;
  /** Sends the Status and closes. */
  exit(code: number): void;
  status(object: unknown): void;
  close(): void;
  /** Breaks the TCP connection without a word. */
  drop(): void;
}

export interface ExecServer extends AsyncDisposable {
  readonly identity: Identity;
  readonly asked: readonly Asked[];
  /** Every command from now on. */
  act(how: Act): void;
  /** Answers a GET with this object; without one it is a 404. */
  serve(find: (path: string) => object | undefined): void;
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** Every upgrade from now on is answered with this status and body instead. */
  refuse(status: number, body: string): void;
}

let pair: Pair | undefined;

/** An API server over TLS on loopback that knows `exec`, and what it is told to serve. `protocols`: which versions of the protocol it speaks. */
export async function startExecServer(protocols: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io']): Promise<ExecServer> {
  pair ??= loopbackPair();
  const asked: Asked[] = [];
  let how: Act = (session) => session.exit(0);
  let refusal: string | undefined;
  let find: (path: string) => object | undefined = () => undefined;
  const server = createServer(pair, (request, response) => {
    const found = find(new URL(request.url ?? '/', 'https://fake').pathname);
    const missing = { kind: 'Status', status: 'Failure', reason: 'NotFound', message: 'not found', code: 404 };
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(found ?? missing));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false });
  server.on('upgrade', (request, socket: Socket, head) => {
    socket.on('error', () => {});
    if (refusal !== undefined) return void socket.end(refusal);
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const url = new URL(request.url ?? '/', 'https://fake');
      const of = (name: string) => url.searchParams.get(name) ?? '';
      const one: Asked = {
        path: url.pathname,
        container: of('container'),
        command: url.searchParams.getAll('command'),
        protocol: opened.protocol,
        authorization: request.headers.authorization ?? '',
        streams: ['stdin', 'stdout', 'stderr', 'tty'].map((name) => `${name}=${of(name)}`).join(' '),
      };
      asked.push(one);
      opened.on('error', () => {});
      how(sessionOf(opened, socket), one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = { headers: { authorization: 'Bearer of-a-person' }, tls: { ca: pair.cert } };
  return {
    identity: { server: new URL(`https://127.0.0.1:${port}/k8s/c-1/`), credentials: async () => credentials, refused: () => {} },
    asked,
    url: `https://127.0.0.1:${port}`,
    ca: pair.cert,
    serve: (next) => {
      find = next;
    },
    act: (next) => {
      how = next;
    },
    refuse: (status, body) => {
      refusal = `HTTP/1.1 ${status} Refused\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
    },
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sessionOf(opened: WebSocket, socket: Socket): Session {
  const send = (channel: number, content: string | Buffer) => opened.send(Buffer.concat([Buffer.from([channel]), Buffer.from(content)]));
  const status = (object: unknown) => send(3, typeof object === 'string' ? object : JSON.stringify(object));
  return {
    out: (text) => send(1, text),
    err: (text) => send(2, text),
    status,
    exit(code) {
      status(statusOf(code));
      opened.close(1000);
    },
    close: () => opened.close(1000),
    drop: () => socket.destroy(),
  };
}

/** The Status of a command that ended with this code, as the API server sends it. */
function statusOf(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command, exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}
