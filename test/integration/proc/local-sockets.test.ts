import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { localSockets } from '../../../src/adapters/proc/local-sockets.ts';
import type { InsideView } from '../../../src/core/finding.ts';
import { formatPort } from '../../../src/core/port.ts';
import { type FakeProc, fakeProc, TABLE_HEADER } from '../../support/fake-proc.ts';
import { hasIpv6, hungListener, tcpListener, udpListener } from '../../support/listeners.ts';

const POD = { namespace: 'shop', name: 'api', uid: 'uid-1' };
const NEVER = new AbortController().signal;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function keep<T extends { close(): Promise<void> }>(listener: T): T {
  closing.push(() => listener.close());
  return listener;
}

/** `127.0.0.1 80/TCP node`, sorted; or the reason. */
function words(view: InsideView): string[] | string {
  if (!view.known) return view.reason;
  return view.listeners.map(({ address, port, process }) => [address, formatPort(port), process].join(' ')).sort();
}

describe.runIf(process.platform === 'linux')('the sockets of processes on this machine', () => {
  it('are those of the given processes, with address and name, and no others', async () => {
    const local = keep(await tcpListener());
    const everywhere = keep(await udpListener({ host: '0.0.0.0' }));
    const other = keep(await hungListener());
    const [mine, theirs] = await Promise.all(
      [process.pid, other.pid].map((pid) => localSockets({ pids: () => [pid] }).sockets(POD, NEVER)),
    );
    const child = `127.0.0.1 ${other.number}/TCP node`;
    expect(mine && words(mine)).toEqual(
      expect.arrayContaining([`127.0.0.1 ${local.number}/TCP node`, `0.0.0.0 ${everywhere.number}/UDP node`].map(expectName)),
    );
    expect(theirs && words(theirs)).toEqual([child]);
    expect(mine && words(mine)).toContain(child);
  });

  it.runIf(hasIpv6)('show one of UDP that left its peer, and so hears others again', async () => {
    // Only a port that was asked for stays when the peer is left: the kernel chooses one for a first socket, and the second asks for it.
    const [first, socket] = [createSocket({ type: 'udp6', reuseAddr: true }), createSocket({ type: 'udp6', reuseAddr: true })];
    closing.push(() => new Promise((resolve) => socket.close(() => resolve())));
    await once(first.bind(0, '::'), 'listening');
    await once(socket.bind(first.address().port, '::'), 'listening');
    await new Promise<void>((resolve) => first.close(() => resolve()));
    const seen = async () => {
      const view = await localSockets({ pids: () => [process.pid] }).sockets(POD, NEVER);
      return view.known && view.listeners.some(({ port }) => formatPort(port) === `${socket.address().port}/UDP`);
    };
    const before = await seen();
    socket.connect(9, '::1');
    await once(socket, 'connect');
    const connected = await seen();
    socket.disconnect();
    expect([before, connected, await seen()]).toEqual([true, false, true]);
  });

  it('are not known where the system has no procfs', async () => {
    const view = await localSockets({ pids: () => [process.pid], proc: '/nowhere' }).sockets(POD, NEVER);
    expect(words(view)).toBe('this system shows no sockets in /nowhere/PID/net');
  });

  it('are not known of processes that have ended, or of none', async () => {
    const ended = await hungListener();
    await ended.close();
    for (const pids of [[ended.pid], []]) {
      expect(words(await localSockets({ pids: () => pids }).sockets(POD, NEVER))).toBe('no process of shop/api runs on this machine');
    }
  });

  it('are not known after an abort', async () => {
    expect(words(await localSockets({ pids: () => [process.pid] }).sockets(POD, AbortSignal.abort()))).toBe('it was stopped');
  });
});

/** Workers of the test runner name themselves; a process of its own is `node`. */
function expectName(line: string): unknown {
  return expect.stringMatching(new RegExp(`^${line.replace(/ node$/, '').replaceAll('.', '\\.')} \\S+`));
}

/** A procfs with a process 7 whose parent is 1, its child 8, and a stranger 9, all in one namespace. */
async function threeProcesses(): Promise<FakeProc> {
  const proc = keep(await fakeProc());
  await proc.start({ pid: 7, namespace: 'a', name: 'shell', holds: [71] });
  await proc.start({ pid: 8, namespace: 'a', name: 'w\u001b[31meb', holds: [81], parent: 7 });
  await proc.start({ pid: 9, namespace: 'a', name: 'other', holds: [91] });
  await proc.write('7/stat', '7 (a) b (x) S 1 7 7 0');
  await proc.listen('a', { tcp: ['00000000:0050 81', '00000000:0051 91', '00000000:0052 0'], udp: ['00000000:9C40 71'] });
  return proc;
}

const seven = (proc: FakeProc) => localSockets({ pids: () => [7], proc: proc.path }).sockets(POD, NEVER);

describe('the tables of a procfs', () => {
  it('give the sockets of a process and its descendants, once for a namespace that they share', async () => {
    const proc = await threeProcesses();
    await proc.write('sys/net/ipv4/ip_local_port_range', '40000\t40000\n');
    expect(await seven(proc)).toEqual({
      known: true,
      via: 'local',
      listeners: [
        { port: { number: 80, protocol: 'TCP' }, address: '0.0.0.0', ephemeral: false, process: 'w?[31meb' },
        { port: { number: 40000, protocol: 'UDP' }, address: '0.0.0.0', ephemeral: true, process: 'shell' },
      ],
    });
  });

  it('are not known where a line of them is not', async () => {
    const proc = await threeProcesses();
    await proc.write('namespaces/a/tcp', `${TABLE_HEADER}   0: 00000000:00\n`);
    expect(words(await seven(proc))).toBe('process 7: the table net/tcp has lines that cannot be read (1)');
  });

  it('are not known where the open files of a process may not be read', async () => {
    const proc = await threeProcesses();
    await chmod(proc.path, 0o755);
    await chmod(join(proc.path, '8/fd'), 0);
    const root = process.geteuid?.() === 0;
    try {
      if (root) process.seteuid?.(65534);
      expect(words(await seven(proc))).toBe('the open files of process 8 may not be read');
    } finally {
      if (root) process.seteuid?.(0);
    }
  });
});
