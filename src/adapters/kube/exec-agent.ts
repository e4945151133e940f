import type { PodState } from '../../core/cluster-state.ts';
import type { InsideView } from '../../core/finding.ts';
import { type NodeSockets, readNodeSockets } from '../../core/node-sockets.ts';
import { asRecord, textOf } from '../../core/unknown.ts';
import type { PodAddress, SocketSource } from '../../ports.ts';
import type { PodExec } from './exec.ts';
import { programOf } from './exec-program.ts';
import { orReason, unknown } from './exec-sockets.ts';
import { noAnswer } from './kube-error.ts';
import { MIRROR_ANNOTATION } from './pods.ts';

export interface ExecAgentOptions {
  readonly exec: PodExec;
  /** The pods of the agents, at most one of a node that runs. */
  readonly agents: readonly PodState[];
  /** The pod as the cluster shows it. */
  find(pod: PodAddress): PodState | undefined;
}

const VIA = 'agent';

/** 110 pods with 50 listeners each are below 1 MiB. */
const LIMITS = { timeoutMs: 20_000, maxBytes: 32 * 1024 * 1024 };

/**
 * The inside view of the agents for a person without their certificates: one command in the agent of each node, whose answer all pods of the
 * node share. Made for one scan: what was told once is not asked again.
 */
export function execAgentSockets({ exec, agents, find }: ExecAgentOptions): SocketSource {
  const answers = new Map<string, Promise<NodeSockets | { readonly reason: string }>>();
  const ask = (agent: PodState, signal: AbortSignal) => {
    const known = answers.get(agent.nodeName);
    if (known !== undefined) return known;
    const asked = askAgent(exec, agent, signal);
    answers.set(agent.nodeName, asked);
    return asked;
  };
  return {
    via: VIA,
    sockets: (pod, signal) =>
      orReason(async () => {
        const there = find(pod);
        if (there === undefined) return unknown('the pod went away');
        const agent = agents.find(({ nodeName, running }) => running && nodeName === there.nodeName);
        if (agent === undefined) return unknown(`no agent runs on node ${there.nodeName}`);
        if (signal.aborted) return unknown('it was stopped');
        const answer = await ask(agent, signal);
        return 'reason' in answer ? unknown(answer.reason) : viewOf(answer, there);
      }),
  };
}

async function askAgent(exec: PodExec, agent: PodState, signal: AbortSignal): Promise<NodeSockets | { readonly reason: string }> {
  const name = `the agent ${agent.name}`;
  const target = { namespace: agent.namespace, pod: agent.name, container: 'agent', command: programOf('agent', '--once') };
  const { code, stdout, stderr } = await exec(target, { ...LIMITS, signal });
  if (code !== 0) return { reason: `${name} ended with ${code}: ${stderr.trim().split('\n').at(-1) ?? ''}` };
  const read = readNodeSockets(parse(name, stdout));
  return 'problem' in read ? { reason: `the answer of ${name} ${read.problem}` } : read;
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw noAnswer(`the answer of ${name} is not JSON`, error, 'Malformed');
  }
}

function viewOf({ node, pods }: NodeSockets, pod: PodState): InsideView {
  const seen = pods.get(kubeletUid(pod));
  if (seen === undefined) return unknown(`the agent of node ${node} sees no process of the pod`);
  if (seen.listeners === undefined) return unknown(`the agent of node ${node}: ${seen.reason}`);
  const { listeners, cannotSee } = seen;
  return { known: true, via: VIA, listeners, ...(cannotSee === undefined ? {} : { cannotSee }) };
}

/** The kubelet calls a static pod by the hash of its file, which its mirror in the API bears. */
function kubeletUid({ uid, object }: PodState): string {
  return textOf(asRecord(asRecord(asRecord(object).metadata).annotations)[MIRROR_ANNOTATION]) || uid;
}
