import { heldSockets } from './held-sockets.ts';
import { processName, readProcText } from './proc-text.ts';

/** The names of the processes that hold these sockets, by inode, as far as they can be told. */
export type ProcessNames = (inodes: ReadonlySet<string>, pids: readonly number[]) => ReadonlyMap<string, string>;

/** Of linux/capability.h. */
const DAC_READ_SEARCH = 1n << 2n;
const SYS_PTRACE = 1n << 19n;

/**
 * How names are found in one look. Without both capabilities the open files of others may not be read, and no name is told at all: a guess from the
 * processes of a pod would be wrong some day.
 */
export function processNames(proc: string): ProcessNames {
  return mayLookIntoOthers(proc) ? (inodes, pids) => namesOf(proc, inodes, pids) : () => new Map();
}

function mayLookIntoOthers(proc: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readProcText(`${proc}/self/status`) ?? '')?.[1] ?? '0';
  const both = DAC_READ_SEARCH | SYS_PTRACE;
  return (BigInt(`0x${effective}`) & both) === both;
}

/** Of several processes that share a socket, the one with the lowest id: a parent comes before its workers. */
function namesOf(proc: string, inodes: ReadonlySet<string>, pids: readonly number[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const pid of pids) {
    if (names.size === inodes.size) break;
    const held = heldSockets(proc, pid);
    if (held === 'denied') continue;
    const mine = held.filter((inode) => inodes.has(inode) && !names.has(inode));
    const name = mine.length === 0 ? '' : processName(proc, pid);
    if (name !== '') for (const inode of mine) names.set(inode, name);
  }
  return names;
}
