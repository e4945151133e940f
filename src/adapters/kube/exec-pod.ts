import { asList, asRecord, isRecord, textOf } from '../../core/unknown.ts';
import type { PodAddress } from '../../ports.ts';
import { hasStatus } from './kube-error.ts';
import { corePath } from './paths.ts';
import { MIRROR_ANNOTATION } from './pods.ts';
import type { KubeTransport } from './transport.ts';

/** How the names of the ephemeral containers of a scan begin. */
export const SCAN_CONTAINER = 'portcullis-scan';

type Fields = Readonly<Record<string, unknown>>;

/** What commands in a pod, and containers that join it, must know of it. */
export interface ExecPod {
  /** The names of the containers that run now, sidecars and ephemeral ones included. */
  readonly running: readonly string[];
  readonly ephemeral: readonly EphemeralState[];
  /** Why no ephemeral container can join; absent where one can. */
  readonly closed?: string;
}

/** One ephemeral container that the pod has, and where it stands. `why`: what the kubelet says of it. */
export interface EphemeralState {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'ended';
  readonly why: string;
}

/** The pod as it is now, or in words why it is not the one that was meant. Rejects with a KubeError where the cluster does not answer. */
export async function readExecPod(
  transport: KubeTransport,
  { namespace, name, uid }: PodAddress,
  signal: AbortSignal,
): Promise<ExecPod | { readonly reason: string }> {
  let raw: Fields;
  try {
    raw = asRecord(await transport.request({ method: 'GET', path: corePath('pods', namespace, name), signal }));
  } catch (error) {
    if (hasStatus(error, 404)) return { reason: 'the pod went away' };
    throw error;
  }
  if (textOf(asRecord(raw.metadata).uid) !== uid) return { reason: 'the pod was replaced by another of its name' };
  const statuses = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].map((field) =>
    asList(asRecord(raw.status)[field]).map(asRecord),
  );
  const closed = whyClosed(raw);
  return {
    running: statuses.flat().flatMap(({ name: container, state }) => (isRecord(asRecord(state).running) ? [textOf(container)] : [])),
    ephemeral: asList(asRecord(raw.spec).ephemeralContainers).map((one) => ephemeralState(textOf(asRecord(one).name), statuses[2] ?? [])),
    ...(closed === undefined ? {} : { closed }),
  };
}

function ephemeralState(name: string, statuses: readonly Fields[]): EphemeralState {
  const { running, terminated, waiting } = asRecord(statuses.find((status) => status.name === name)?.state);
  if (isRecord(running)) return { name, state: 'running', why: '' };
  const { reason, message } = asRecord(terminated ?? waiting);
  const why = [textOf(reason), textOf(message)].filter((text) => text !== '').join(': ');
  return { name, state: isRecord(terminated) ? 'ended' : 'waiting', why };
}

/** Kubernetes, "Ephemeral Containers": not on static pods. The other two would join, and be of no use. */
function whyClosed({ metadata, spec }: Fields): string | undefined {
  const { annotations, deletionTimestamp } = asRecord(metadata);
  if (Object.hasOwn(asRecord(annotations), MIRROR_ANNOTATION)) return 'it is a static pod, which takes no ephemeral container';
  if (asRecord(spec).hostNetwork === true) return 'it is on the host network: a container in it would see the node';
  return textOf(deletionTimestamp) === '' ? undefined : 'it is being deleted';
}
