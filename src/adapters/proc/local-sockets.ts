import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { InsideView, Listener } from '../../core/finding.ts';
import type { AcceptingSocket } from '../../core/proc-net.ts';
import type { PodAddress, SocketSource } from '../../ports.ts';
import { heldSockets } from './held-sockets.ts';
import { namespaceReader, networkNamespace } from './namespace-tables.ts';
import { processName } from './proc-text.ts';
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
      if (!existsSync(join(proc, 'self/net/tcp'))) return unknown(`this system shows no sockets in ${proc}/PID/net`);
      const tree = await processTree(proc, pids(pod));
      if (tree.length === 0) return unknown(`no process of ${pod.namespace}/${pod.name} runs on this machine`);
      if (signal.aborted) return unknown('it was stopped');
      const holders = socketHolders(proc, tree);
      if (typeof holders === 'string') return unknown(holders);
      const sockets = socketsAround(proc, tree);
      return typeof sockets === 'string' ? unknown(sockets) : { known: true, via: VIA, listeners: listenersOf(proc, sockets, holders) };
    },
  };
}

/** Which process holds each socket, by inode. A process that may not be looked into is a reason in words. */
function socketHolders(proc: string, pids: readonly number[]): ReadonlyMap<string, number> | string {
  const holders = new Map<string, number>();
  for (const pid of pids) {
    const held = heldSockets(proc, pid);
    if (held === 'denied') return `the open files of process ${pid} may not be read`;
    for (const inode of held) holders.set(inode, pid);
  }
  return holders;
}

/** The accepting sockets of every network namespace that the processes are in; what cannot be read whole is a reason in words. */
function socketsAround(proc: string, pids: readonly number[]): readonly AcceptingSocket[] | string {
  const read = namespaceReader(proc);
  const known = new Map<string, readonly AcceptingSocket[]>();
  for (const pid of pids) {
    const namespace = networkNamespace(proc, pid);
    if (namespace === undefined || known.has(namespace)) continue;
    const tables = read(pid);
    if (tables === 'gone') continue;
    if (!tables.known) return `process ${pid}: ${tables.reason}`;
    known.set(namespace, tables.sockets);
  }
  return known.size === 0 ? 'every process ended while it was looked at' : [...known.values()].flat();
}

function listenersOf(proc: string, sockets: readonly AcceptingSocket[], holders: ReadonlyMap<string, number>): Listener[] {
  return sockets.flatMap(({ listener, inode }) => {
    const pid = holders.get(inode);
    if (pid === undefined) return [];
    const name = processName(proc, pid);
    return [name === '' ? listener : { ...listener, process: name }];
  });
}
