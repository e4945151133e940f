import { describe, expect, it } from 'vitest';
import { localSockets } from '../../src/adapters/proc/local-sockets.ts';
import type { SocketSource } from '../../src/ports.ts';
import { hungListener } from '../support/listeners.ts';
import { inside, listener } from '../support/scan.ts';
import { type SocketSourceWorld, socketSourceContract } from './socket-source.ts';

const pod = { namespace: 'shop', name: 'api', uid: 'uid-1' };
const stranger = { namespace: 'shop', name: 'gone', uid: 'uid-2' };

/** What tests use in place of a real source. */
function fakeSource(): SocketSource {
  return {
    via: 'agent',
    async sockets({ uid }, signal) {
      if (signal.aborted) return { known: false, reason: 'it was stopped' };
      return uid === pod.uid ? inside(listener('80'), listener('53/UDP', '127.0.0.1')) : { known: false, reason: 'no such pod' };
    },
  };
}

socketSourceContract('of tests', async () => ({
  source: fakeSource(),
  pod,
  stranger,
  listeners: ['0.0.0.0 80/TCP', '127.0.0.1 53/UDP'],
  close: async () => {},
}));

if (process.platform === 'linux') {
  socketSourceContract('local', async (): Promise<SocketSourceWorld> => {
    const process = await hungListener();
    const source = localSockets({ pids: ({ uid }) => (uid === pod.uid ? [process.pid] : []) });
    return { source, pod, stranger, listeners: [`127.0.0.1 ${process.number}/TCP`], close: process.close };
  });
} else {
  describe('the socket source local', () => {
    it('knows nothing on a system without procfs, and says why', async () => {
      const view = await localSockets({ pids: () => [process.pid] }).sockets(pod, new AbortController().signal);
      expect(view).toEqual({ known: false, reason: 'this system shows no sockets in /proc/PID/net' });
    });
  });
}
