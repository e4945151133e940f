import { readdirSync } from 'node:fs';
import { podOfCgroup } from '../../core/pod-cgroup.ts';
import { networkNamespace } from './namespace-tables.ts';
import { isDenied, readProcText } from './proc-text.ts';

/** The processes of a pod (their ids, oldest ids first) by the network namespace that they are in. */
export type PodProcesses = ReadonlyMap<string, readonly number[]>;

/**
 * The processes of every pod of this node, by the pod's UID. All of them, not one for each pod: a pod may hold namespaces that its processes made
 * themselves, and one of those must not stand for the pod's own. Processes that end meanwhile are left out.
 */
export function podProcesses(proc: string): ReadonlyMap<string, PodProcesses> {
  const pods = new Map<string, Map<string, number[]>>();
  for (const pid of processIds(proc)) {
    const pod = podOfCgroup(cgroupOf(proc, pid))?.pod;
    const namespace = pod === undefined ? undefined : networkNamespace(proc, pid);
    if (pod === undefined || namespace === undefined) continue;
    const namespaces = pods.get(pod) ?? new Map<string, number[]>();
    pods.set(pod, namespaces);
    namespaces.set(namespace, [...(namespaces.get(namespace) ?? []), pid]);
  }
  return pods;
}

function processIds(proc: string): number[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Of a process that hides itself (hidepid) nobody can tell the pod: a pod of such processes alone is not listed, and so not known. */
function cgroupOf(proc: string, pid: number): string {
  try {
    return readProcText(`${proc}/${pid}/cgroup`) ?? '';
  } catch (error) {
    if (isDenied(error)) return '';
    throw error;
  }
}
