import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { localSockets } from '../../../src/adapters/proc/local-sockets.ts';
import type { InsideView } from '../../../src/core/finding.ts';
import { formatPort } from '../../../src/core/port.ts';
import { hungListener, tcpListener, udpListener } from '../../support/listeners.ts';

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

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`;

/** A procfs with one process of the id 7 whose parent is 1, and its child 8. */
async function fakeProc(files: Readonly<Record<string, string>>): Promise<string> {
  const proc = await mkdtemp(join(tmpdir(), 'portcullis-proc-'));
  closing.push(() => rm(proc, { recursive: true }));
  const all: Record<string, string> = {
    'self/net/tcp': HEADER,
    '7/stat': '7 (a) b (x) S 1 7 7 0',
    '7/comm': 'shell\n',
    '7/net/tcp': HEADER,
    '8/stat': '8 (web) S 7 7 7 0',
    '8/comm': 'w\u001b[31meb\n',
    '8/net/tcp': HEADER,
    '9/stat': '9 (other) S 1 9 9 0',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(proc, path)), { recursive: true });
    await writeFile(join(proc, path), text);
  }
  for (const [pid, inode] of [
    [7, 71],
    [8, 81],
    [9, 91],
  ]) {
    await mkdir(join(proc, `${pid}/fd`), { recursive: true });
    await symlink(`socket:[${inode}]`, join(proc, `${pid}/fd/3`));
    await symlink('/dev/null', join(proc, `${pid}/fd/0`));
    await mkdir(join(proc, `${pid}/ns`), { recursive: true });
    await symlink('net:[4026531840]', join(proc, `${pid}/ns/net`));
  }
  return proc;
}

describe('the tables of a procfs', () => {
  const tables = {
    '8/net/tcp': [HEADER, row('00000000:0050', '0A', 81), row('00000000:0051', '0A', 91), row('00000000:0052', '0A', 0), ''].join('\n'),
    '8/net/udp': [HEADER, row('00000000:9C40', '07', 71)].join('\n'),
    'sys/net/ipv4/ip_local_port_range': '40000\t40000\n',
  };

  it('give the sockets of a process and its descendants, once for a namespace that they share', async () => {
    const proc = await fakeProc(tables);
    const view = await localSockets({ pids: () => [7], proc }).sockets(POD, NEVER);
    expect(view).toEqual({
      known: true,
      via: 'local',
      listeners: [
        { port: { number: 80, protocol: 'TCP' }, address: '0.0.0.0', ephemeral: false, process: 'w?[31meb' },
        { port: { number: 40000, protocol: 'UDP' }, address: '0.0.0.0', ephemeral: true, process: 'shell' },
      ],
    });
  });

  it('are not known where a line of them is not', async () => {
    const proc = await fakeProc({ '8/net/tcp': `${HEADER}\n   0: 00000000:00` });
    expect(words(await localSockets({ pids: () => [7], proc }).sockets(POD, NEVER))).toBe('8/net/tcp has lines that cannot be read (1)');
  });

  it('are not known where the open files of a process may not be read', async () => {
    const proc = await fakeProc(tables);
    await chmod(proc, 0o755);
    await chmod(join(proc, '8/fd'), 0);
    const root = process.geteuid?.() === 0;
    try {
      if (root) process.seteuid?.(65534);
      expect(words(await localSockets({ pids: () => [7], proc }).sockets(POD, NEVER))).toBe('the open files of process 8 may not be read');
    } finally {
      if (root) process.seteuid?.(0);
    }
  });
});
