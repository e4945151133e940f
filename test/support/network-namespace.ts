import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process in a network namespace of its own, as each pod has one. */
export interface Isolated {
  readonly pid: number;
  close(): Promise<void>;
}

/** Root may make namespaces; others may where the kernel lets them have a user namespace around it. */
const COMMAND = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--net', '--'] as const;

/** Says in one sentence why this machine gives no process a network namespace of its own; undefined where it does. */
export function whyNoNamespace(): string | undefined {
  const [program, ...args] = COMMAND;
  const { status, stderr, error } = spawnSync(program, [...args, 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `no network namespace can be made here: ${error?.message ?? stderr.trim()}`;
}

/** However this process ends, its end of the pipe is closed then. */
const ENDS_WITH_US = `;process.stdin.resume().on('end', () => process.exit());`;

/** Runs a program of Node in a new namespace, and waits until it has printed a line. */
export async function isolated(program: string): Promise<Isolated> {
  const [unshare, ...args] = COMMAND;
  const child = spawn(unshare, [...args, process.execPath, '-e', program + ENDS_WITH_US], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const first = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended.then(() => undefined)]);
  if (first === undefined || child.pid === undefined) throw new Error('the process ended before it was ready');
  return {
    pid: child.pid,
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
