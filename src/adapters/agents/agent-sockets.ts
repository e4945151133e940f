import { setMaxListeners } from 'node:events';
import type { NodeAgent } from '../../core/agent-state.ts';
import type { InsideView } from '../../core/finding.ts';
import type { Log, PodAddress, SocketWatch, Stop } from '../../ports.ts';
import type { AgentAddress, AgentTlsMaterial } from './agent-address.ts';
import { makeAgentCaller } from './agent-request.ts';
import { type FreshReads, makeFreshReads } from './fresh-reads.ts';
import { type HeardSockets, type NodePoll, pollNode } from './node-poll.ts';

/** Where a pod is, for those who look for its processes. */
export interface PodPlace {
  readonly node: string;
  /** By which the kubelet calls it: of a mirror pod the annotation `kubernetes.io/config.mirror`. */
  readonly kubeletUid: string;
}

export interface AgentSocketsParts {
  /** The agents that run now, one for each node. */
  agents(): readonly AgentAddress[];
  /** Undefined: the pod is not known, or on no node. */
  placeOf(pod: PodAddress): PodPlace | undefined;
  /** The uid of the pod that the kubelet calls so. */
  podOf(kubeletUid: string): string;
  /** A text says why there is none yet. */
  tls(): AgentTlsMaterial | string;
  readonly log: Log;
  readonly port?: number;
  readonly timing?: Partial<AgentTiming>;
}

export interface AgentTiming {
  /** How long an agent may keep back an answer that nothing changed. */
  readonly waitSeconds: number;
  /** How often it is looked which agents there are. */
  readonly agentsEveryMs: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
}

/** The inside view by the agents of the nodes. */
export interface AgentSockets extends SocketWatch {
  readonly stop: Stop;
}

const VIA = 'agent';
const TIMING: AgentTiming = { waitSeconds: 30, agentsEveryMs: 1_000, backoffBaseMs: 500, backoffCapMs: 30_000 };

/** Asks the agents: each node's is waited on for changes, and a scan gets what is true when it asks. */
export function agentSockets(parts: AgentSocketsParts): AgentSockets {
  const caller = makeAgentCaller(parts.port ?? 9443, parts.tls);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // one for each request under way
  const fresh = makeFreshReads(caller, stopping.signal);
  const watches = new Set<ReturnType<typeof watchNodes>>();
  return {
    via: VIA,
    sockets: (pod, signal) => unlessStopped(view(pod, parts, fresh), signal),
    watch: (changed) => {
      const watch = watchNodes({ ...parts, timing: { ...TIMING, ...parts.timing } }, { caller, changed });
      watches.add(watch);
      return async () => {
        watches.delete(watch);
        await watch.stop();
      };
    },
    nodes: () => [...watches].flatMap((watch) => watch.nodes()),
    stop: async () => {
      stopping.abort();
      await Promise.all([...watches].map((watch) => watch.stop()));
      caller.close();
    },
  };
}

async function view(pod: PodAddress, parts: AgentSocketsParts, fresh: FreshReads): Promise<InsideView> {
  const unknown = (reason: string): InsideView => ({ known: false, reason });
  const place = parts.placeOf(pod);
  if (place === undefined) return unknown('the pod is on no node');
  const agent = parts.agents().find(({ node }) => node === place.node);
  if (agent === undefined) return unknown(`no agent runs on node ${place.node}`);
  try {
    const found = (await fresh.read(agent, place.kubeletUid)).pods.get(place.kubeletUid);
    if (found === undefined) return unknown(`the agent of node ${place.node} sees no process of the pod`);
    if (found.listeners === undefined) return unknown(`the agent of node ${place.node}: ${found.reason}`);
    return { known: true, via: VIA, ...found };
  } catch (error) {
    return unknown(`the agent of node ${place.node} does not answer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Others may share the request: it goes on. */
function unlessStopped(work: Promise<InsideView>, signal: AbortSignal): Promise<InsideView> {
  const stopped: InsideView = { known: false, reason: 'it was stopped' };
  if (signal.aborted) return Promise.resolve(stopped);
  setMaxListeners(0, signal); // one for each pod that is looked at
  return new Promise((resolve, reject) => {
    const stop = () => resolve(stopped);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

interface Watching {
  readonly caller: ReturnType<typeof makeAgentCaller>;
  changed(uid: string): void;
}

/** One poll for each agent; it looks again and again which agents there are. */
function watchNodes(parts: AgentSocketsParts & { readonly timing: AgentTiming }, { caller, changed }: Watching) {
  const { timing, log } = parts;
  const heard = new Map<string, HeardSockets>();
  const polls = new Map<string, { readonly agent: AgentAddress; readonly poll: NodePoll }>();
  const begin = (agent: AgentAddress): NodePoll => {
    const known: HeardSockets = heard.get(agent.node) ?? new Map();
    heard.set(agent.node, known);
    const backoff = { baseMs: timing.backoffBaseMs, capMs: timing.backoffCapMs };
    const told = (uid: string) => changed(parts.podOf(uid));
    return pollNode({ agent, caller, heard: known, changed: told, log, waitSeconds: timing.waitSeconds, backoff });
  };
  const follow = () => {
    const now = new Map(parts.agents().map((agent) => [keyOf(agent), agent]));
    for (const [key, { poll }] of polls) {
      if (now.has(key)) continue;
      polls.delete(key);
      void poll.stop();
    }
    for (const [key, agent] of now) if (!polls.has(key)) polls.set(key, { agent, poll: begin(agent) });
  };
  follow();
  const timer = setInterval(follow, timing.agentsEveryMs);
  return {
    nodes: (): NodeAgent[] => [...polls.values()].map(({ agent: { node, address }, poll }) => ({ node, address, ...poll.state() })),
    stop: async () => {
      clearInterval(timer);
      await Promise.all([...polls.values()].map(({ poll }) => poll.stop()));
    },
  };
}

function keyOf({ node, uid, address }: AgentAddress): string {
  return `${node} ${uid} ${address}`;
}
