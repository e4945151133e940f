import { readdir, readFile, readlink } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import type { InsideView, Listener } from '../../core/finding.ts';
import { type AcceptingSocket, DEFAULT_EPHEMERAL, type EphemeralRange, readProcNet, readSctpEndpoints } from '../../core/proc-net.ts';
import type { PodAddress, SocketSource } from '../../ports.ts';
import { processTree } from './process-tree.ts';

export interface LocalSocketOptions {
  /** The processes of a pod; their descendants count as well. */
  pids(pod: PodAddress): readonly number[];
  /** Where procfs is mounted. */
  readonly proc?: string;
}

const VIA = 'local';

/**
 * The sockets of processes on this machine, by procfs: the tables of their network namespace, restricted to the sockets that one of the
 * processes holds, so that workloads which share a namespace are told apart. Needs the right to read their /proc/PID/fd.
 */
export function localSockets({ pids, proc = '/proc' }: LocalSocketOptions): SocketSource {
  return {
    via: VIA,
    async sockets(pod, signal) {
      const unknown = (reason: string): InsideView => ({ known: false, reason });
      if (!(await isReadable(join(proc, 'self/net/tcp')))) return unknown(`this system shows no sockets in ${proc}/PID/net`);
      const tree = await processTree(proc, pids(pod));
      if (tree.length === 0) return unknown(`no process of ${pod.namespace}/${pod.name} runs on this machine`);
      const held = await heldSockets(proc, tree);
      if (typeof held === 'string') return unknown(held);
      const tables = await namespaceTables(proc, tree);
      if (signal.aborted) return unknown('it was stopped');
      if (typeof tables === 'string') return unknown(tables);
      return { known: true, via: VIA, listeners: await listenersOf(proc, tables, held) };
    },
  };
}

async function isReadable(path: string): Promise<boolean> {
  return (await read(path)) !== undefined;
}

/** The text; undefined where it does not exist or may not be read. */
async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** Which process holds each socket, by inode. A process that ended holds none; one that may not be looked into is a reason in words. */
async function heldSockets(proc: string, pids: readonly number[]): Promise<ReadonlyMap<string, number> | string> {
  const held = new Map<string, number>();
  for (const pid of pids) {
    const folder = join(proc, String(pid), 'fd');
    try {
      const links = await Promise.all((await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(unlessDenied)));
      for (const link of links) {
        const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
        if (inode !== undefined) held.set(inode, pid);
      }
    } catch (error) {
      if (isDenied(error)) return `the open files of process ${pid} may not be read`;
    }
  }
  return held;
}

function unlessDenied(error: unknown): string {
  if (isDenied(error)) throw error;
  return '';
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}

/** The accepting sockets of every network namespace that the processes are in; a table that cannot be read whole is a reason in words. */
async function namespaceTables(proc: string, pids: readonly number[]): Promise<readonly AcceptingSocket[] | string> {
  const ephemeral = readEphemeralRange(await read(join(proc, 'sys/net/ipv4/ip_local_port_range')));
  const namespaces = await Promise.all(pids.map(async (pid) => [await readlink(join(proc, `${pid}/ns/net`)).catch(() => `${pid}`), pid]));
  const representatives = new Map(namespaces as [string, number][]);
  const sockets: AcceptingSocket[] = [];
  for (const pid of representatives.values()) {
    for (const name of ['tcp', 'tcp6', 'udp', 'udp6', 'sctp/eps'] as const) {
      const text = await read(join(proc, `${pid}/net/${name}`));
      if (text === undefined && name === 'tcp') return `the sockets of process ${pid} cannot be read`;
      const reading = readTable(name, text ?? '', ephemeral);
      if (reading.odd > 0) return `${pid}/net/${name} has lines that cannot be read (${reading.odd})`;
      sockets.push(...reading.sockets);
    }
  }
  return sockets;
}

type TableName = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'sctp/eps';

/** A missing table is normal: no IPv6, or no SCTP module. */
function readTable(name: TableName, text: string, ephemeral: EphemeralRange) {
  if (name === 'sctp/eps') return readSctpEndpoints(text);
  return readProcNet(text, { protocol: name.startsWith('tcp') ? 'TCP' : 'UDP', ephemeral, byteOrder: endianness() });
}

function readEphemeralRange(text = ''): EphemeralRange {
  const [from, to] = text.trim().split(/\s+/).map(Number);
  return from !== undefined && to !== undefined && from > 0 && to >= from ? { from, to } : DEFAULT_EPHEMERAL;
}

async function listenersOf(proc: string, sockets: readonly AcceptingSocket[], held: ReadonlyMap<string, number>): Promise<Listener[]> {
  const mine = sockets.flatMap(({ listener, inode }) => {
    const pid = held.get(inode);
    return pid === undefined ? [] : [{ listener, pid }];
  });
  const names = new Map(
    await Promise.all([...new Set(mine.map(({ pid }) => pid))].map(async (pid) => [pid, await nameOf(proc, pid)] as const)),
  );
  return mine.map(({ listener, pid }) => {
    const name = names.get(pid) ?? '';
    return name === '' ? listener : { ...listener, process: name };
  });
}

/** Whoever starts a process chooses its name: what a terminal would obey is replaced. */
async function nameOf(proc: string, pid: number): Promise<string> {
  const name = (await read(join(proc, `${pid}/comm`))) ?? '';
  return name.trimEnd().replace(/[^\x20-\x7e]/g, '?');
}
