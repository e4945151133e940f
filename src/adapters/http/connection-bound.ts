import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * Keeps at most so many connections open. One more takes the place of the one that has waited longest for its next call, so that callers who only
 * hold connections cannot shut others out; where every connection has a call under way, the new one is closed.
 */
export function boundConnections(server: Server, most: number): void {
  const open = new Set<Socket>();
  /** Without a call under way, in the order of their last one. */
  const idle = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    open.add(socket);
    idle.set(name, socket);
    socket.once('close', () => {
      open.delete(socket);
      if (idle.get(name) === socket) idle.delete(name);
    });
    if (open.size <= most) return;
    const [longest] = idle.values();
    (longest ?? socket).destroy();
  });
  server.on('request', ({ socket: secure }, response) => {
    const name = nameOf(secure);
    const socket = idle.get(name);
    if (socket === undefined) return; // a further call on it came before the answer
    idle.delete(name);
    response.once('close', () => {
      if (open.has(socket)) idle.set(name, socket);
    });
  });
}

/** The same for a connection and for TLS on it. */
function nameOf({ remoteAddress = '', remotePort = 0 }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}
