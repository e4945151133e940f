import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { PodAddress } from '../../ports.ts';
import { type EphemeralState, type ExecPod, readExecPod, SCAN_CONTAINER } from './exec-pod.ts';
import { corePath } from './paths.ts';
import type { KubeTransport } from './transport.ts';

/** The ephemeral container from which the sockets of a pod are read: one for each pod, kept and used again, since none can be removed. */

export interface EphemeralOptions {
  readonly transport: KubeTransport;
  /** It must have `sh`, `sleep` and `cat`. */
  readonly image: string;
  /** Milliseconds until it must run, its image pulled; 60,000 unless given. */
  readonly startMs?: number;
  /** Milliseconds between two looks at it; 500 unless given. */
  readonly everyMs?: number;
  /** Told of what a person should know beside the result. */
  said?(line: string): void;
}

/** Its name, or in words why there is none. */
export type EphemeralContainer = { readonly name: string } | { readonly reason: string };

/** One that ended stays in the pod for ever; a second one is made, a third never. */
const MOST = 2;

/**
 * What it runs: it waits, and ends at once when the pod does. A `sleep` alone would be process 1, which the kernel keeps from SIGTERM: then
 * each deletion of the pod would last its whole grace period.
 */
const COMMAND = ['sh', '-c', 'trap "exit 0" TERM; sleep 2147483647 & wait'];

/** What the kubelet says of a container that will not start by waiting. */
const HOPELESS = /^(InvalidImageName|ErrImageNeverPull|ErrImagePull|ImagePullBackOff|CreateContainer(Config)?Error|RunContainerError)\b/;

/**
 * The container of this pod that runs, made first where there is none. It can do nothing but look: nobody's user, no capability, read-only,
 * which the restricted Pod Security Standard admits. Rejects with a KubeError where the cluster refuses it.
 */
export async function ephemeralContainer(pod: PodAddress, options: EphemeralOptions, signal: AbortSignal): Promise<EphemeralContainer> {
  const there = await readExecPod(options.transport, pod, signal);
  if ('reason' in there) return there;
  if (there.closed !== undefined) return { reason: there.closed };
  const mine = namesFor(options.image).flatMap((name) => there.ephemeral.find((one) => one.name === name) ?? []);
  const usable = mine.find(({ state }) => state !== 'ended');
  if (usable !== undefined) return usable.state === 'running' ? { name: usable.name } : started(pod, usable.name, { ...options, signal });
  const name = namesFor(options.image)[mine.length];
  if (name === undefined) return { reason: `${endedText(mine)}; another image, or a new pod, would do` };
  if (mine.length > 0) options.said?.(`${pod.namespace}/${pod.name}: ${endedText(mine)}: a further one is added, ${name}`);
  await options.transport.request({
    method: 'PATCH',
    path: `${corePath('pods', pod.namespace, pod.name)}/ephemeralcontainers`,
    contentType: 'application/strategic-merge-patch+json',
    body: { metadata: { uid: pod.uid }, spec: { ephemeralContainers: [containerOf(name, options.image)] } },
    signal,
  });
  return started(pod, name, { ...options, signal });
}

function endedText(mine: readonly EphemeralState[]): string {
  const names = mine.map(({ name, why }) => `${name} (${why || 'ended'})`);
  const [subject, verb] = mine.length === 1 ? ['the ephemeral container', 'has'] : ['the ephemeral containers', 'have'];
  return `${subject} ${names.join(' and ')} ${verb} ended, and can never be started again or removed`;
}

/** The names for this image, in the order in which they are used. Another image gets others: the image of a container never changes. */
export function namesFor(image: string): readonly string[] {
  const base = `${SCAN_CONTAINER}-${createHash('sha256').update(image).digest('hex').slice(0, 8)}`;
  return Array.from({ length: MOST }, (_, index) => (index === 0 ? base : `${base}-${index + 1}`));
}

function containerOf(name: string, image: string): object {
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: COMMAND,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

async function started(pod: PodAddress, name: string, options: EphemeralOptions & { signal: AbortSignal }): Promise<EphemeralContainer> {
  const { transport, signal, startMs = 60_000, everyMs = 500 } = options;
  const deadline = performance.now() + startMs;
  for (;;) {
    const there: ExecPod | { reason: string } = await readExecPod(transport, pod, signal);
    if ('reason' in there) return there;
    const { state = 'waiting', why = '' } = there.ephemeral.find((one) => one.name === name) ?? {};
    if (state === 'running') return { name };
    if (state === 'ended') return { reason: `the ephemeral container ${name} ended at once: ${why}` };
    if (HOPELESS.test(why)) return { reason: `the ephemeral container ${name} does not start: ${why}` };
    if (performance.now() > deadline)
      return { reason: `the ephemeral container ${name} did not start within ${startMs} ms: ${why || 'no word of the kubelet'}` };
    await pause(everyMs, undefined, { signal }).catch(() => {}); // the next look says that it was called off
  }
}
