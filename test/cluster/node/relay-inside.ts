import { connect, createServer, type Socket } from 'node:net';
import { parseTarget } from './relay-target.ts';

/**
 * The inner half of the relay: `relay-inside.ts SOCKET`, run in the network namespace of a node. A unix socket with a path crosses
 * network namespaces. Each connection to it says in its first line where it wants to go, `HOST:PORT`, and is then passed on.
 */
const [socket = ''] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on('error', () => client.destroy());
  void firstLine(client).then((line) => passOn(client, line));
});
server.listen(socket);

function passOn(client: Socket, line: string): void {
  const { host, port } = parseTarget(line);
  const target = connect({ host, port, allowHalfOpen: true });
  target.on('error', () => client.destroy());
  client.on('close', () => target.destroy());
  client.pipe(target).pipe(client);
}

/** Reads one line and leaves what follows it unread. */
function firstLine(client: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = Buffer.alloc(0);
    const read = () => {
      for (let chunk: Buffer | null = client.read(); chunk !== null; chunk = client.read()) {
        text = Buffer.concat([text, chunk]);
        const end = text.indexOf('\n');
        if (end < 0) continue;
        client.off('readable', read);
        client.unshift(text.subarray(end + 1));
        resolve(text.toString('utf8', 0, end));
        return;
      }
    };
    client.on('readable', read);
  });
}
