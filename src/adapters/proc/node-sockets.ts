import type { Listener } from '../../core/finding.ts';
import type { NodeSockets, PodSockets } from '../../core/node-sockets.ts';
import { comparePorts } from '../../core/port.ts';
import type { AcceptingSocket } from '../../core/proc-net.ts';
import type { SocketTables } from '../../core/socket-tables.ts';
import { namespaceReader } from './namespace-tables.ts';
import { type PodProcesses, podProcesses } from './pod-processes.ts';
import { type ProcessNames, processNames } from './process-names.ts';
import type { TableMemory } from './table-memory.ts';

export interface LookOptions {
  /** Where procfs is mounted. */
  readonly proc?: string;
  /** Only these pods; absent: every pod. */
  readonly only?: ReadonlySet<string> | undefined;
  /** For one look after another, to see what changed: most of it is remembered. Names of processes are not told then. */
  readonly memory?: TableMemory;
}

/**
 * One look at a node: what accepts traffic in each pod that has a process, by the pod's UID. Each network namespace is read once; those of a pod are
 * told together, and a pod on the host network has those of the node. Needs the node's process ids (hostPID) and no right beyond. Throws where
 * there is no procfs at all.
 */
export function nodePods({ proc = '/proc', only, memory }: LookOptions = {}): NodeSockets['pods'] {
  const read = namespaceReader(proc);
  const names = memory === undefined ? processNames(proc) : () => new Map<string, string>();
  const known = new Map<string, SocketTables>();
  memory?.begin();
  const tablesOf = (namespace: string, pids: readonly number[]): SocketTables | undefined => {
    for (const pid of known.has(namespace) ? [] : pids) {
      const tables = memory === undefined ? read(pid) : memory.recall(namespace, `${proc}/${pid}/net`, () => read(pid));
      if (tables === 'gone') continue;
      known.set(namespace, tables);
      break;
    }
    return known.get(namespace);
  };
  const pods = new Map<string, PodSockets>();
  for (const [uid, processes] of podProcesses(proc)) {
    if (only !== undefined && !only.has(uid)) continue;
    const tables = [...processes].flatMap(([namespace, pids]) => tablesOf(namespace, pids) ?? []);
    // Every process ended while we looked: the pod is not listed, as if it had ended before.
    if (tables.length > 0) pods.set(uid, podSockets(tables, processes, names));
  }
  return pods;
}

function podSockets(tables: readonly SocketTables[], processes: PodProcesses, names: ProcessNames): PodSockets {
  const unknown = tables.find((one) => !one.known);
  if (unknown !== undefined && !unknown.known) return { reason: unknown.reason };
  const sockets = tables.flatMap((one) => (one.known ? one.sockets : []));
  const named = names(new Set(sockets.map(({ inode }) => inode)), [...processes.values()].flat());
  const listeners = distinct(sockets.map((socket) => withName(socket, named)));
  const nameless = listeners.filter(({ process }) => process === undefined).length;
  if (nameless === 0) return { listeners };
  return { listeners, cannotSee: nameless === listeners.length ? 'process names' : 'some process names' };
}

function withName({ listener, inode }: AcceptingSocket, names: ReadonlyMap<string, string>): Listener {
  const process = names.get(inode);
  return process === undefined ? listener : { ...listener, process };
}

/** Each address of a port once (SO_REUSEPORT has several sockets of one), with a name where one has it; in a fixed order. */
function distinct(listeners: readonly Listener[]): Listener[] {
  const byPlace = new Map<string, Listener>();
  for (const listener of listeners) {
    const place = `${listener.port.protocol} ${listener.port.number} ${listener.address}`;
    if (byPlace.get(place)?.process === undefined) byPlace.set(place, listener);
  }
  return [...byPlace.values()].sort((a, b) => comparePorts(a.port, b.port) || (a.address < b.address ? -1 : 1));
}
