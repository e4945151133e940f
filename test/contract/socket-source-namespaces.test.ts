import { describe, expect, it } from 'vitest';
import { localSockets } from '../../src/adapters/proc/local-sockets.ts';
import { formatPort } from '../../src/core/port.ts';
import type { PodAddress } from '../../src/ports.ts';
import { isolated, whyNoNamespace } from '../support/network-namespace.ts';
import { socketSourceContract } from './socket-source.ts';

/** The same contract over processes in network namespaces of their own, as pods are: real sockets, real tables. */

const podOf = (name: string): PodAddress => ({ namespace: 'shop', name, uid: `uid-${name}` });
const [api, db, stranger] = [podOf('api'), podOf('db'), podOf('gone')];

const LISTENER = `
const net = require('net'), dgram = require('dgram');
const servers = [['0.0.0.0', 8080], ['::', 8443]].map(([host, port]) => net.createServer().listen(port, host));
const bound = dgram.createSocket({ type: 'udp6', ipv6Only: true });
bound.bind(5353, '::');
Promise.all([...servers, bound].map((one) => new Promise((resolve) => one.once('listening', resolve)))).then(() => console.log('ready'));`;

const OTHER = `require('net').createServer().listen(8080, '0.0.0.0', () => console.log('ready'))`;

async function twoPods() {
  const [first, second] = await Promise.all([isolated(LISTENER), isolated(OTHER)]);
  const pids = new Map([
    [api.uid, first.pid],
    [db.uid, second.pid],
  ]);
  const source = localSockets({ pids: ({ uid }) => [...pids].flatMap(([known, pid]) => (known === uid ? [pid] : [])) });
  const close = async () => void (await Promise.all([first.close(), second.close()]));
  return { source, close };
}

const problem = process.platform === 'linux' ? whyNoNamespace() : 'network namespaces are of Linux';

describe.skipIf(problem !== undefined)(`pods in network namespaces of their own${problem === undefined ? '' : ` (${problem})`}`, () => {
  socketSourceContract('local, in namespaces', async () => ({
    ...(await twoPods()),
    pod: api,
    stranger,
    listeners: [':: 5353/UDP', ':: 8443/TCP', '0.0.0.0 8080/TCP'],
  }));

  it('are told apart, though both listen on the same port', async () => {
    const { source, close } = await twoPods();
    try {
      const view = await source.sockets(db, new AbortController().signal);
      expect(view.known && view.listeners.map(({ address, port, process }) => `${address} ${formatPort(port)} ${process}`)).toEqual([
        '0.0.0.0 8080/TCP node',
      ]);
    } finally {
      await close();
    }
  });
});
