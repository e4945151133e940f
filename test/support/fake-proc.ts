import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A procfs as files of a folder, with the processes, pods and network namespaces that a test says. */
export interface FakeProc {
  readonly path: string;
  /** Adds a file, or changes it. */
  write(file: string, text: string): Promise<void>;
  start(process: FakeProcess): Promise<void>;
  /** The process has ended. */
  end(pid: number): Promise<void>;
  /** From now on these sockets are in the namespace, and no others. */
  listen(namespace: string, sockets: Sockets): Promise<void>;
  close(): Promise<void>;
}

export interface FakeProcess {
  readonly pid: number;
  /** The name of its network namespace. */
  readonly namespace: string;
  readonly pod?: string;
  readonly parent?: number;
  readonly name?: string;
  /** Inodes of the sockets that it holds. */
  readonly holds?: readonly number[];
}

/** Listening sockets as `address:port inode` in the hex of the kernel; without an inode it is 0. */
export interface Sockets {
  readonly tcp?: readonly string[];
  readonly udp?: readonly string[];
}

export const TABLE_HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
export const CONTAINER_ID = 'c0ffee00'.repeat(8);

/** Two capabilities, by which names of processes are told. */
export const PRIVILEGED = 'Name:\tnode\nCapEff:\t0000000000080004\n';

/** A procfs in a new folder; without a process of a pod. */
export async function fakeProc(): Promise<FakeProc> {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-proc-'));
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(path, file)), { recursive: true });
    // At once: a table of the kernel is never half written, and an agent of this process may read at any moment.
    writeFileSync(join(path, file), text);
  };
  const listen = async (namespace: string, { tcp = [], udp = [] }: Sockets) => {
    await write(`namespaces/${namespace}/tcp`, table(tcp, '0A'));
    await write(`namespaces/${namespace}/udp`, table(udp, '07'));
  };
  await listen('own', {});
  await write('self/status', 'Name:\tnode\nCapEff:\t0000000000000000\n');
  await symlink('../namespaces/own', join(path, 'self/net'));
  return {
    path,
    write,
    listen,
    start: (process) => start(path, process, write),
    end: (pid) => rm(join(path, String(pid)), { recursive: true }),
    close: () => rm(path, { recursive: true }),
  };
}

async function start(path: string, process: FakeProcess, write: FakeProc['write']): Promise<void> {
  const { pid, namespace, pod, parent = 1, name = 'app', holds = [] } = process;
  const cgroup = pod === undefined ? '/system.slice/sshd.service' : `/kubepods/burstable/pod${pod}/${CONTAINER_ID}`;
  await write(`${pid}/cgroup`, `0::${cgroup}\n`);
  await write(`${pid}/stat`, `${pid} (${name}) S ${parent} 7 7 0`);
  await write(`${pid}/comm`, `${name}\n`);
  await mkdir(join(path, `${pid}/fd`), { recursive: true });
  await symlink('/dev/null', join(path, `${pid}/fd/0`));
  for (const inode of holds) await symlink(`socket:[${inode}]`, join(path, `${pid}/fd/${inode}`));
  // One folder for all processes of a namespace: as with the kernel, its files have the same inodes for each of them.
  await symlink(`../namespaces/${namespace}`, join(path, `${pid}/net`));
}

function table(sockets: readonly string[], state: string): string {
  const rows = sockets.map((socket) => {
    const [local = '', inode = '0'] = socket.split(' ');
    const remote = `${'0'.repeat(local.indexOf(':'))}:0000`;
    return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
  });
  return TABLE_HEADER + rows.join('');
}
