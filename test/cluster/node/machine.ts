import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { files } from '../flags.ts';
import { type Child, isAlive, startChild } from '../proc.ts';
import { until } from '../wait.ts';
import { ADDRESSES, cgroupOf, type NodePlace, nodeFiles } from './place.ts';

/** Namespaces that look like a machine of their own: network, mounts, processes, hostname. */
export interface Machine {
  /** Its first process, as this machine counts. With it, all others of the node end. */
  readonly pid: number;
  /** Kills everything in it and waits until it is gone. */
  stop(): Promise<void>;
}

const INIT = fileURLToPath(new URL('init.sh', import.meta.url));
/** For unshare(1): all that a node has of its own. */
export const NAMESPACES = [
  '--net',
  '--mount',
  '--uts',
  '--ipc',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--mount-proc',
  '--propagation',
  'private',
];
const START_DEADLINE = 20_000;
const STOP_DEADLINE = 30_000;

/** Makes the namespaces. They end with the process that made them, however it ends. */
export async function startMachine({ folder, dualStack }: NodePlace): Promise<Machine> {
  const addresses = [`${ADDRESSES.node}/24`, ...(dualStack ? [`${ADDRESSES.node6}/64`] : [])];
  const init = ['bash', INIT, folder, cgroupOf(folder), ...addresses];
  const log = files(folder).log('init');
  const unshare = startChild({
    name: 'init',
    command: ['unshare', ...NAMESPACES, ...init],
    log,
    cwd: folder,
    env: bareEnvironment(folder),
  });
  try {
    await until('the namespaces of the node', async () => existsSync(nodeFiles(folder).initDone), {
      deadline: START_DEADLINE,
      children: [unshare],
    });
  } catch (error) {
    await unshare.kill();
    throw error;
  }
  const pid = onlyChild(unshare);
  return {
    pid,
    async stop() {
      await unshare.kill();
      await until('the processes of the node to end', async () => !isAlive(pid), { deadline: STOP_DEADLINE });
    },
  };
}

/** What to put before a command so that it runs on the node. It dies with the one who started it. */
export function inside(pid: number, folder: string): readonly string[] {
  const enter = ['nsenter', `--target=${pid}`, '--mount', '--net', '--pid', '--uts', '--ipc', `--wd=${folder}`];
  return [...enter, 'setpriv', '--pdeathsig', 'KILL'];
}

/** No proxy and no setting of this machine reaches what runs on the node. */
export function bareEnvironment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: folder };
}

/** unshare(1) forks once: its child is the first process of the new namespace. proc(5), children. */
function onlyChild(unshare: Child): number {
  const pid = Number.parseInt(readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8'), 10);
  if (!Number.isInteger(pid)) throw new Error(`unshare has no child:\n${unshare.tail()}`);
  return pid;
}
