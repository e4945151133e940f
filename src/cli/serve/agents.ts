import { type AgentSockets, agentSockets } from '../../adapters/agents/agent-sockets.ts';
import { certificateMaker } from '../../adapters/certs/maker.ts';
import { MIRROR_ANNOTATION } from '../../adapters/kube/pods.ts';
import { secretCertificateStore } from '../../adapters/kube/secret.ts';
import { type AgentCredentialState, agentCredentials } from '../../app/agent-credentials.ts';
import type { PodState } from '../../core/cluster-state.ts';
import { asRecord, textOf } from '../../core/unknown.ts';
import type { CertificateStore, ClusterView, Stop } from '../../ports.ts';
import { CLOCK } from './gate.ts';
import type { ClusterParts } from './parts.ts';

/** The Secret from which the agents take their certificates, in their namespace. */
const AGENT_SECRET = 'portcullis-agent';
const COMPONENT = 'app.kubernetes.io/component';

/** How often the certificates are looked at: as long as there are none, where it failed, and when all is well. */
const FIRST_MS = 1_000;
const RETRY_MS = 15_000;
const CHECK_MS = 60_000;

export interface AgentsParts extends Pick<ClusterParts, 'options' | 'transport' | 'watch' | 'log'> {
  /** Portcullis' own certificates, with the CA. */
  readonly certificates: CertificateStore;
}

export interface RunningAgents {
  /** The inside view, for the scans; `nodes()` tells how each agent is doing, for status and metrics. */
  readonly sockets: AgentSockets;
  readonly stop: Stop;
}

/** Keeps the certificates of the agents, and asks the agents. */
export function startAgents(parts: AgentsParts): RunningAgents {
  const { options, watch, log } = parts;
  const credentials = keepCredentials(parts);
  const sockets = agentSockets({
    agents: () => agentsOf(watch.view, options.agentNamespace),
    placeOf: ({ namespace, uid }) => {
      const pod = watch.view.pods(namespace).find((one) => one.uid === uid);
      return pod === undefined || pod.nodeName === '' ? undefined : { node: pod.nodeName, kubeletUid: kubeletUid(pod) };
    },
    podOf: (uid) => (uid.includes('-') ? uid : mirrorOf(watch.view, uid)),
    tls: () => {
      const state = credentials.current();
      return state.known ? state.credentials : state.reason;
    },
    log,
  });
  return {
    sockets,
    stop: async () => {
      await sockets.stop();
      await credentials.stop();
    },
  };
}

/** The agents that run, one for each node: while one takes the place of another, the first. */
function agentsOf(view: Pick<ClusterView, 'pods'>, namespace: string) {
  const byNode = new Map<string, { node: string; uid: string; address: string }>();
  for (const { labels, running, deleting, nodeName, uid, addresses } of view.pods(namespace)) {
    const [address] = addresses;
    if (labels[COMPONENT] !== 'agent' || !running || deleting || nodeName === '' || address === undefined) continue;
    if (!byNode.has(nodeName)) byNode.set(nodeName, { node: nodeName, uid, address });
  }
  return [...byNode.values()];
}

/** Of a static pod the API has a mirror with a UID of its own; an annotation has the kubelet's. */
function kubeletUid({ uid, object }: PodState): string {
  return textOf(asRecord(asRecord(asRecord(object).metadata).annotations)[MIRROR_ANNOTATION]) || uid;
}

function mirrorOf(view: ClusterView, uid: string): string {
  const pods = view.namespaces().flatMap(({ name }) => view.pods(name));
  return pods.find((pod) => kubeletUid(pod) === uid)?.uid ?? uid;
}

/** Ensures the certificates again and again; a failure is logged, and what is there goes on being used. */
function keepCredentials({ transport, options, certificates, log }: AgentsParts): { current(): AgentCredentialState; stop: Stop } {
  const agents = secretCertificateStore(transport, { namespace: options.agentNamespace, name: AGENT_SECRET });
  const keeper = agentCredentials({ own: certificates, agents, maker: certificateMaker, clock: CLOCK, log });
  let current: AgentCredentialState = { known: false, reason: 'there are no certificates for the agents yet' };
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let said = '';
  const say = (reason: string) => {
    if (reason !== said && reason !== '') log.warn('the agents cannot be asked', { reason });
    said = reason;
  };
  const check = async () => {
    let pause = CHECK_MS;
    try {
      current = await keeper.ensure();
      if (!current.known) pause = FIRST_MS;
      say(current.known ? '' : current.reason);
    } catch (error) {
      pause = RETRY_MS;
      say(`their certificates could not be checked: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (!stopped) timer = setTimeout(begin, pause);
  };
  const begin = () => {
    running = check();
  };
  begin();
  return {
    current: () => current,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
