import { connect, createServer, type Server } from 'node:net';

/**
 * Runs an action while this process alone holds the name, on this machine and network namespace. Others wait in line.
 * The lock is an abstract unix socket (unix(7)): the kernel frees it when the holder ends, also after kill -9, so no stale lock
 * remains. Who waits holds a connection to it, and notices its end at once.
 */
export async function withLock<T>(name: string, action: () => Promise<T>): Promise<T> {
  const held = await takeLock(name);
  try {
    return await action();
  } finally {
    held.release();
  }
}

/** A name that this process alone holds. */
export interface Held {
  release(): void;
}

/** The same for longer than one action: until it is released, or this process ends. `onWait` is told when somebody else holds the name. */
export async function takeLock(name: string, onWait: () => void = () => undefined): Promise<Held> {
  const address = `\0${name}`;
  for (let attempt = 1; ; attempt += 1) {
    const held = await tryListen(address);
    if (held !== undefined) return held;
    if (attempt === 1) onWait();
    await holderGone(address);
  }
}

function tryListen(address: string): Promise<Held | undefined> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer();
    const waiting = new Set<{ destroy(): void }>();
    server.on('connection', (socket) => {
      waiting.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => waiting.delete(socket));
    });
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      resolve({
        release() {
          server.close();
          for (const socket of waiting) socket.destroy();
        },
      });
    });
  });
}

/** Settles when the holder let go or died; also when it did so before we could connect. */
function holderGone(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
