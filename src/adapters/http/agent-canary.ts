import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listeningPort } from './listening-port.ts';

/** What a canary says to everybody who gets through. */
const CANARY_LINE = 'portcullis canary\n';

/** A caller that does not take the line is dropped after this. */
const PATIENCE_MS = 5_000;

/**
 * A port that accepts and says one line. Each agent has two, and the policy of its namespace permits one: whether a prober gets through tells whether
 * policies are enforced on this node. Port 0 takes a free one.
 */
export async function startCanary(listen: { host: string; port: number }): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.resume().end(CANARY_LINE);
  });
  server.maxConnections = 100;
  server.listen(listen);
  await once(server, 'listening');
  return {
    port: listeningPort(server),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
