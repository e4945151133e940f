import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A workload that really listens: `workload.ts ADDRESS PORT/PROTOCOL...`. Tells its parent when every port is open, or why one is not. */
const [address = '127.0.0.1', ...ports] = process.argv.slice(2);
try {
  await Promise.all(ports.map(listen));
  process.send?.({ listening: ports });
} catch (error) {
  process.send?.({ failed: error instanceof Error ? error.message : String(error) });
}
// Without its parent it has no reason to live.
process.on('disconnect', () => process.exit(0));

function listen(text: string): Promise<void> {
  const [number, protocol] = text.split('/');
  return new Promise((resolve, reject) => {
    if (protocol === 'UDP') {
      const socket = createSocket('udp4').once('error', reject);
      socket.bind(Number(number), address, resolve);
    } else {
      createServer((connection) => connection.on('error', () => connection.destroy()).end())
        .once('error', reject)
        .listen(Number(number), address, resolve);
    }
  });
}
