import { readCatOutput, SOCKET_FILES } from '../../core/exec-output.ts';
import type { InsideView } from '../../core/finding.ts';
import type { ByteOrder } from '../../core/proc-net.ts';
import { readSocketTables } from '../../core/socket-tables.ts';
import type { PodAddress, SocketSource } from '../../ports.ts';
import type { ExecTarget, PodExec } from './exec.ts';
import { readExecPod, SCAN_CONTAINER } from './exec-pod.ts';
import { NO_PROGRAM } from './exec-status.ts';
import { KubeError } from './kube-error.ts';
import type { KubeTransport } from './transport.ts';

/** What a source in pods is made with. */
export interface PodLook {
  readonly transport: KubeTransport;
  readonly exec: PodExec;
  /** Of the kernel of a pod's node; LE unless told. */
  byteOrder?(pod: PodAddress): ByteOrder;
}

const VIA = 'exec';

/** A node on whose network a pod is may have 100,000 connections, of 150 bytes each. */
const LIMITS = { timeoutMs: 20_000, maxBytes: 32 * 1024 * 1024 };

/** Whoever may run a command in one container sees the sockets of all of the pod, but not their processes. */
const CANNOT_SEE = 'processes';

/**
 * The inside view of a person with the right to `exec`: `cat` of the socket tables in the first container of the pod that has it. All
 * containers of a pod share one network namespace.
 */
export function execSockets(look: PodLook): SocketSource {
  return {
    via: VIA,
    sockets: (pod, signal) =>
      orReason(async () => {
        const there = await readExecPod(look.transport, pod, signal);
        if ('reason' in there) return unknown(there.reason);
        if (there.running.length === 0) return unknown('no container of the pod runs');
        // One that was added for a scan has cat for sure.
        const ownFirst = [...there.running].sort((a, b) => Number(b.startsWith(SCAN_CONTAINER)) - Number(a.startsWith(SCAN_CONTAINER)));
        for (const container of ownFirst) {
          const view = await catSockets(look, { pod, container, via: VIA }, signal);
          if (view !== undefined) return view;
        }
        return unknown('no container of the pod has cat');
      }),
  };
}

/** The sockets that `cat` in this container shows; undefined where the container has none. */
export async function catSockets(
  { exec, byteOrder = () => 'LE' }: PodLook,
  { pod, container, via }: { readonly pod: PodAddress; readonly container: string; readonly via: string },
  signal: AbortSignal,
): Promise<InsideView | undefined> {
  const target: ExecTarget = { namespace: pod.namespace, pod: pod.name, container, command: ['cat', ...SOCKET_FILES] };
  try {
    const reading = readCatOutput(await exec(target, { ...LIMITS, signal }));
    if ('reason' in reading) return unknown(`container ${container}: ${reading.reason}`);
    const tables = readSocketTables(reading.texts, byteOrder(pod));
    if (!tables.known) return unknown(`container ${container}: ${tables.reason}`);
    return { known: true, via, listeners: tables.sockets.map(({ listener }) => listener), cannotSee: CANNOT_SEE };
  } catch (error) {
    if (error instanceof KubeError && error.reason === NO_PROGRAM) return undefined;
    throw error;
  }
}

/** What the cluster refuses or fails at is a reason, for this pod alone. */
export async function orReason(look: () => Promise<InsideView>): Promise<InsideView> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof KubeError) return unknown(error.message);
    throw error;
  }
}

/** No view, and why. */
export function unknown(reason: string): InsideView {
  return { known: false, reason };
}
