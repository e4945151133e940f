import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { topCgroups } from '../cluster/node/cgroups.ts';
import type { NodeFacts } from '../cluster/node/open.ts';
import { exists } from '../cluster/presence.ts';

/** What of a node can be seen on this machine. */
export interface Traces {
  /** How many processes are in its process or network namespace. */
  readonly processes: number;
  readonly mounts: readonly string[];
  /** Network interfaces of this machine beyond those that there were. */
  readonly links: readonly string[];
  readonly cgroup: boolean;
  readonly folder: boolean;
}

export const NO_TRACE: Traces = { processes: 0, mounts: [], links: [], cgroup: false, folder: false };

const KINDS = ['pid', 'net', 'mnt'];

/** The network interfaces of this machine. */
export const links = (): readonly string[] => readdirSync('/sys/class/net');

/** Remembers by what a running node is known, and the links that there were before it; answers an action that looks what is left of it. */
export function tracesOf({ folder, pid }: NodeFacts, before: readonly string[]): () => Promise<Traces> {
  const namespaces = new Set(namespacesOf(String(pid)));
  return async () => ({
    processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name) && namespacesOf(name).some((id) => namespaces.has(id))).length,
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(folder)),
    links: links().filter((name) => !before.includes(name)),
    cgroup: (await topCgroups()).includes(basename(folder)),
    folder: await exists(folder),
  });
}

/** The ids of a process's namespaces; none when it has ended. */
function namespacesOf(pid: string): readonly string[] {
  try {
    return KINDS.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
  } catch {
    return [];
  }
}
