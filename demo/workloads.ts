import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A running workload of the example. */
export interface Workload {
  readonly name: string;
  readonly address: string;
  readonly ports: readonly string[];
  readonly child: ChildProcess;
}

/** What each workload listens on; 8000/TCP and 12000/UDP are what nobody authorized. Each has a loopback address of its own, like a pod. */
const EXAMPLE = [
  { name: 'iperf', address: '127.0.10.1', ports: ['5000/UDP', '50600/UDP', '8000/TCP'] },
  { name: 'nginx', address: '127.0.10.2', ports: ['80/TCP', '12000/UDP'] },
  { name: 'server', address: '127.0.10.3', ports: ['7777/TCP'] },
] as const;

/** Starts the three processes; rejects with the reason of the first that cannot listen, and leaves none behind. */
export async function startWorkloads(): Promise<Workload[]> {
  const started = EXAMPLE.map((workload) => ({ ...workload, child: startWorkload(workload) }));
  try {
    await Promise.all(started.map(listening));
    return started;
  } catch (error) {
    stopWorkloads(started);
    throw error;
  }
}

/** Ends the processes. */
export function stopWorkloads(workloads: readonly Pick<Workload, 'child'>[]): void {
  for (const { child } of workloads) child.kill('SIGKILL');
}

function startWorkload({ address, ports }: { readonly address: string; readonly ports: readonly string[] }): ChildProcess {
  return fork(new URL('./workload.ts', import.meta.url), [address, ...ports], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function listening({ name, address, child }: Workload): Promise<void> {
  const [message] = (await once(child, 'message')) as [{ readonly failed?: string }];
  if (message.failed !== undefined) throw new Error(`${name} cannot listen at ${address}: ${message.failed}`);
}
