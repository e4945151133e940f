import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A request for a tunnel. */
export interface Asked {
  /** `host:port`, as it was asked for. */
  readonly target: string;
  readonly authorization?: string;
}

/** A proxy on loopback that speaks HTTP CONNECT. Whatever target is asked for, the tunnel leads to one port of this machine. */
export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  readonly asked: readonly Asked[];
  /** From now on nothing passes through the tunnels that are open, and nobody is told: what a lost route or a full table of a firewall does. */
  freeze(): void;
  /** From now on every request for a tunnel gets this status. */
  refuse(status: number): void;
}

/** Starts a proxy before this port of the machine. */
export async function startConnectProxy(port: number): Promise<ConnectProxy> {
  const asked: Asked[] = [];
  const ends = new Set<Socket>();
  let refusal: number | undefined;
  const server = createServer((_request, response) => void response.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    const authorization = request.headers['proxy-authorization'];
    asked.push({ target: request.url ?? '', ...(authorization === undefined ? {} : { authorization }) });
    client.on('error', () => {});
    ends.add(client);
    if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
    const upstream = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 Connected\r\n\r\n'));
    upstream.on('error', () => {});
    ends.add(upstream);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    freeze() {
      for (const end of ends) end.unpipe().pause();
    },
    refuse(status) {
      refusal = status;
    },
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
