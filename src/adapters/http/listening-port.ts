import type { Server } from 'node:net';

/** The port that a server got. Throws while it does not listen, or listens on a path. */
export function listeningPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
