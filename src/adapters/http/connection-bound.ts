import type { Server } from 'node:https';
import type { Socket } from 'node:net';

interface Connection {
  readonly name: string;
  readonly socket: Socket;
  /** Calls under way. */
  calls: number;
  /** Its place in the order in which connections began to wait. */
  waitsSince: number;
}

/**
 * Keeps at most so many connections open. One more takes the place of the one that has waited longest for its next call, so that callers who only
 * hold connections cannot shut others out; where every connection has a call under way, the new one is closed.
 *
 * A call changes two numbers and no collection, and the longest wait is looked for when it is asked for: this is the hot path.
 */
export function boundConnections(server: Server, most: number): void {
  const open = new Map<string, Connection>();
  const bySecured = new WeakMap<object, Connection>();
  let turn = 0;
  server.on('connection', (socket: Socket) => {
    const connection = { name: nameOf(socket), socket, calls: 0, waitsSince: turn++ };
    open.set(connection.name, connection);
    socket.once('close', () => forget(open, connection));
    if (open.size <= most) return;
    const longest = longestWaiting(open.values(), connection);
    // At once, since it closes later and more may come before.
    forget(open, longest);
    longest.socket.destroy();
  });
  server.on('secureConnection', (secured) => {
    const connection = open.get(nameOf(secured));
    if (connection !== undefined) bySecured.set(secured, connection);
  });
  server.on('request', ({ socket: secured }, response) => {
    const connection = bySecured.get(secured);
    if (connection === undefined) return;
    connection.calls += 1;
    response.once('close', () => {
      connection.calls -= 1;
      connection.waitsSince = turn++;
    });
  });
}

function longestWaiting(open: Iterable<Connection>, newest: Connection): Connection {
  let longest = newest;
  for (const connection of open) {
    if (connection.calls === 0 && connection.waitsSince < longest.waitsSince) longest = connection;
  }
  return longest;
}

function forget(open: Map<string, Connection>, connection: Connection): void {
  if (open.get(connection.name) === connection) open.delete(connection.name);
}

/** The same for a connection and for TLS on it. */
function nameOf({ remoteAddress = '', remotePort = 0 }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}
