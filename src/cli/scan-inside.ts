import type { Identity } from '../adapters/kube/identity.ts';
import type { KubeTransport } from '../adapters/kube/transport.ts';
import { firstThatKnows } from '../app/first-that-knows.ts';
import { asList, asRecord, textOf } from '../core/unknown.ts';
import type { ClusterView, PodAddress, SocketSource } from '../ports.ts';
import { VERSION } from '../version.ts';
import { CommandError, EXIT } from './exit-code.ts';
import { agentPods, probingPod } from './own-pods.ts';
import type { Inside } from './scan-words.ts';

/** The cluster, and who asks. */
export interface LiveCluster {
  readonly transport: KubeTransport;
  readonly identity: Identity;
  readonly view: ClusterView;
  /** Portcullis' own namespace. */
  readonly own: string;
}

export interface InsideOptions {
  readonly image?: string;
  /** Tells a person something while the scan runs. */
  say(line: string): void;
}

/** A source of sockets, and a sentence about it. */
export interface ChosenInside {
  /** Absent: no inside view was asked for. */
  readonly sockets?: SocketSource;
  readonly said: string;
}

/** How the pods of a cluster are looked into. Nothing is ever added to a pod unless it was asked for. */
export async function chooseInside(inside: Inside, cluster: LiveCluster, options: InsideOptions): Promise<ChosenInside> {
  if (inside === 'off') return { said: '' };
  const [{ podExec }, { execSockets }] = await Promise.all([
    import('../adapters/kube/exec.ts'),
    import('../adapters/kube/exec-sockets.ts'),
  ]);
  const look = { transport: cluster.transport, exec: podExec(cluster.identity, { version: VERSION }) };
  if (inside === 'exec') return { sockets: execSockets(look), said: 'from inside by exec' };
  if (inside === 'ephemeral') {
    const { ephemeralSockets } = await import('../adapters/kube/ephemeral-sockets.ts');
    const image = options.image ?? (await ownImage(cluster));
    return { sockets: ephemeralSockets({ ...look, image, said: options.say }), said: `from inside by ephemeral containers of ${image}` };
  }
  const agents = agentPods(cluster.view);
  if (inside === 'agent' && agents.length === 0)
    throw new CommandError(EXIT.failed, 'no agent runs in the cluster: --inside exec needs none');
  const byExec = hinted(execSockets(look));
  if (agents.length === 0) return { sockets: byExec, said: 'from inside by exec (no agent runs)' };
  const { execAgentSockets } = await import('../adapters/kube/exec-agent.ts');
  const find = (pod: PodAddress) => cluster.view.pods(pod.namespace).find(({ uid }) => uid === pod.uid);
  const byAgent = execAgentSockets({ exec: look.exec, agents, find });
  return inside === 'agent'
    ? { sockets: byAgent, said: 'from inside by the agents' }
    : { sockets: firstThatKnows([byAgent, byExec]), said: 'from inside by the agents, else by exec' };
}

/** Says what a person may do where a pod has no `cat`. */
function hinted(source: SocketSource): SocketSource {
  return {
    via: source.via,
    async sockets(pod, signal) {
      const view = await source.sockets(pod, signal);
      if (view.known || !view.reason.endsWith('has cat')) return view;
      return { known: false, reason: `${view.reason} (--inside ephemeral adds one that has)` };
    },
  };
}

/** The image that runs in the cluster already: its nodes can pull it. */
async function ownImage({ transport, view, own }: LiveCluster): Promise<string> {
  const pod = probingPod(view, own) ?? agentPods(view)[0];
  if (pod !== undefined) {
    const { corePath } = await import('../adapters/kube/paths.ts');
    const raw = await transport.request({ method: 'GET', path: corePath('pods', pod.namespace, pod.name) });
    const image = textOf(asRecord(asList(asRecord(asRecord(raw).spec).containers)[0]).image);
    if (image !== '') return image;
  }
  throw new CommandError(EXIT.usage, 'no pod of Portcullis runs in the cluster: name an image that has sh, sleep and cat with --image');
}
