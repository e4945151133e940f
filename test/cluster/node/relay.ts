import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nodeFiles } from './place.ts';
import { type Target, targetLine } from './relay-target.ts';

/** An address of a node's network, reachable from this process as 127.0.0.1:port. */
export interface Exposed {
  readonly port: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The command that runs the inner half on a node. */
export function relayCommand(folder: string): readonly string[] {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL('relay-inside.ts', import.meta.url));
  return [process.execPath, '--import', tsx, script, nodeFiles(folder).relaySocket];
}

/** Listens on a free port of 127.0.0.1 and passes each connection on to an address of the node's network. */
export async function expose(folder: string, target: Target): Promise<Exposed> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const inner = connect({ path: nodeFiles(folder).relaySocket, allowHalfOpen: true });
    inner.write(targetLine(target));
    for (const socket of [client, inner]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
    client.on('error', () => inner.destroy());
    client.on('close', () => inner.destroy());
    inner.on('error', () => client.destroy());
    inner.on('close', () => client.destroy());
    client.pipe(inner).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, close, [Symbol.asyncDispose]: close };
}
