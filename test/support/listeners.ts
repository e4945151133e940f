import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';

/** Listeners on loopback for tests of scanners, and their end. */
export interface TestListener {
  readonly number: number;
  /** The process that holds it, where that is another one. */
  readonly pid?: number;
  close(): Promise<void>;
}

/** Whether this machine has ::1. */
export const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

/** A TCP server that accepts and drops every connection. */
export async function tcpListener(host = '127.0.0.1'): Promise<TestListener> {
  const server = createServer((socket) => socket.on('error', () => {}).destroy());
  server.listen(0, host);
  await once(server, 'listening');
  return {
    number: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A UDP socket; `answers`: it sends every datagram back. */
export async function udpListener({ host = '127.0.0.1', answers = false } = {}): Promise<TestListener> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  if (answers) socket.on('message', (_, from) => socket.send('here', from.port, from.address));
  socket.bind(0, host);
  await once(socket, 'listening');
  return { number: socket.address().port, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

const HANGING = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: Number(process.argv[1]) }, () => {
    require('node:fs').writeSync(1, server.address().port + '\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** A process that listens and then hangs: the kernel completes the handshakes, nobody ever accepts. */
export async function hungListener(backlog = 511): Promise<TestListener & { readonly pid: number }> {
  const child = spawn(process.execPath, ['-e', HANGING, String(backlog)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { number: Number(line), pid: child.pid ?? 0, close: () => endOf(child) };
}

/** A hung listener whose queue is full: the kernel drops every further SYN, as a policy would. */
export async function droppingListener(): Promise<TestListener> {
  const hung = await hungListener(1);
  const fillers = Array.from({ length: 2 }, () => connect({ host: '127.0.0.1', port: hung.number }).on('error', () => {}));
  await Promise.all(fillers.map((socket) => once(socket, 'connect')));
  return {
    ...hung,
    async close() {
      for (const socket of fillers) socket.destroy();
      await hung.close();
    },
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
