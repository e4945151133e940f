import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { nodePods } from '../src/adapters/proc/node-sockets.ts';
import { makeTableMemory } from '../src/adapters/proc/table-memory.ts';
import { type BenchRow, figure } from './statistics.ts';

const PODS = 110;
const PROCESSES_OF_A_POD = 5;
const OTHERS = 110;
const LOOKS = 20;

/** A namespace of its own with one listener of each family. */
const POD = `
import socket, sys, time
a = socket.socket(); a.bind(('0.0.0.0', 8080)); a.listen()
b = socket.socket(socket.AF_INET6); b.bind(('::', 9090)); b.listen()
print('up', flush=True)
sys.stdin.read()
`;

/**
 * One look at a node of 110 pods and 660 processes: real network namespaces, whose tables the kernel writes, in a procfs that says which process is of
 * which pod. Needs root for the namespaces.
 */
export async function benchNodeSockets(): Promise<BenchRow[]> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return [];
  const proc = await mkdtemp(join(tmpdir(), 'portcullis-bench-proc-'));
  const pods: ChildProcess[] = [];
  try {
    while (pods.length < PODS) pods.push(await startPod());
    await writeProc(proc, pods);
    const memory = makeTableMemory();
    nodePods({ proc, memory });
    const again = figure(measured(() => nodePods({ proc, memory })));
    const whole = figure(measured(() => nodePods({ proc })));
    return [
      {
        what: `look again at a node of ${PODS} pods`,
        measured: `p50 ${again.median.toFixed(0)} ms`,
        goal: '<= 50 ms',
        reached: again.median <= 50,
        data: again,
      },
      { what: `read every table of a node of ${PODS} pods`, measured: `p50 ${whole.median.toFixed(0)} ms`, goal: '-', data: whole },
    ];
  } finally {
    for (const pod of pods) pod.kill('SIGKILL');
    await rm(proc, { recursive: true });
  }
}

/** Milliseconds of each look. */
function measured(look: () => unknown): number[] {
  return Array.from({ length: LOOKS }, () => {
    const start = performance.now();
    look();
    return performance.now() - start;
  });
}

async function startPod(): Promise<ChildProcess> {
  const child = spawn('unshare', ['-n', 'python3', '-c', POD], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function writeProc(proc: string, pods: readonly ChildProcess[]): Promise<void> {
  await mkdir(join(proc, 'self'));
  await writeFile(join(proc, 'self/status'), 'CapEff:\t0000000000000000\n');
  let pid = 100;
  const add = async (cgroup: string, shown: number | 'self') => {
    const folder = join(proc, String(pid++));
    await mkdir(folder);
    await writeFile(join(folder, 'cgroup'), `0::${cgroup}\n`);
    await symlink(`/proc/${shown}/net`, join(folder, 'net'));
  };
  for (const [index, { pid: shown }] of pods.entries()) {
    const uid = `0b3a7d52_9f0c_4c1e_8a55_${String(index).padStart(12, '0')}`;
    const cgroup = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid}.slice/cri-containerd-${'c0ffee00'.repeat(8)}.scope`;
    for (let one = 0; one < PROCESSES_OF_A_POD; one++) await add(cgroup, shown ?? 'self');
  }
  for (let one = 0; one < OTHERS; one++) await add('/system.slice/sshd.service', 'self');
}
