import { connect, createServer, type Socket } from 'node:net';

/** What may happen to connections on their way to a server of this machine. TLS passes through. */
export interface TcpProxy {
  readonly port: number;
  /** Nothing passes any more, in either direction, and nobody is told: connections stay open, new ones are taken as well. */
  silence(): void;
  /** Ends every connection, and takes none. */
  cut(): void;
  /** New connections pass again. Those that were silenced stay dead, as they do when a firewall has lost its table. */
  heal(): void;
  stop(): Promise<void>;
}

/** Starts a proxy before this port of 127.0.0.1. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly Socket[]>();
  let state: 'open' | 'silent' | 'cut' = 'open';
  const server = createServer((client) => {
    client.on('error', () => {}); // it is told by `close`
    if (state === 'cut') return void client.destroy();
    const pair = state === 'silent' ? [client] : [client, joined(client, port)];
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const end = () => {
    for (const socket of [...pairs].flat()) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    silence() {
      state = 'silent';
      for (const socket of [...pairs].flat()) socket.unpipe().pause();
    },
    cut() {
      state = 'cut';
      end();
    },
    heal() {
      state = 'open';
    },
    stop() {
      end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function joined(client: Socket, port: number): Socket {
  const target = connect({ port, host: '127.0.0.1' });
  target.on('error', () => {});
  client.pipe(target).pipe(client);
  client.once('close', () => target.destroy());
  target.once('close', () => client.destroy());
  return target;
}
