import { setTimeout as pause } from 'node:timers/promises';
import type { RunningAgent } from '../../core/agent-state.ts';
import { type Backoff, backoffDelay } from '../../core/backoff.ts';
import { lastingSockets, type NodeSockets } from '../../core/node-sockets.ts';
import type { Log, Stop } from '../../ports.ts';
import type { AgentAddress } from './agent-address.ts';
import type { AgentCaller } from './agent-request.ts';

/** What lasts of each pod of a node, as last heard; it outlives the agent, so that a new one tells of nothing but changes. */
export type HeardSockets = Map<string, string>;

export interface NodePollParts {
  readonly agent: AgentAddress;
  readonly caller: AgentCaller;
  readonly heard: HeardSockets;
  /** Told of the kubelet's UID of each pod whose sockets are other than heard before. */
  changed(uid: string): void;
  readonly log: Log;
  readonly waitSeconds: number;
  readonly backoff: Backoff;
}

export interface NodePoll {
  state(): RunningAgent;
  readonly stop: Stop;
}

/** On top of the time that an agent may keep an answer back. */
const PATIENCE_MS = 10_000;

/** One question after another to one agent, each answered when something changed. After a failure it waits, longer each time. */
export function pollNode(parts: NodePollParts): NodePoll {
  const stopping = new AbortController();
  let state: RunningAgent = { state: 'starting' };
  const run = async () => {
    let tag: string | undefined;
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        tag = await round(parts, tag, stopping.signal);
        failures = 0;
        if (state.state === 'failing') parts.log.info('an agent answers again', { node: parts.agent.node });
        state = { state: 'watching', since: state.state === 'watching' ? state.since : new Date().toISOString() };
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures += 1;
        const reason = error instanceof Error ? error.message : String(error);
        if (state.state !== 'failing' || state.reason !== reason)
          parts.log.warn('an agent does not answer', { node: parts.agent.node, reason });
        state = { state: 'failing', reason };
        await pause(backoffDelay(failures, parts.backoff, Math.random), undefined, { signal: stopping.signal }).catch(() => {}); // it was stopped
      }
    }
  };
  const running = run();
  return {
    state: () => state,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** The tag to ask with next. */
async function round({ agent, caller, heard, changed, waitSeconds }: NodePollParts, tag: string | undefined, signal: AbortSignal) {
  const timeoutMs = waitSeconds * 1000 + PATIENCE_MS;
  // Without a tag an agent looks at everything and answers at once; any tag makes it answer from the cheap look that it watches with.
  const reply = await caller.ask(agent, { since: { tag: tag ?? 'W/"none"', waitSeconds }, timeoutMs, signal });
  if (reply.sockets !== undefined) hear(reply.sockets, heard, changed);
  return reply.tag ?? tag;
}

/** Tells what is other than before: new pods, changed ones, and those in which nothing runs any more. */
function hear({ pods }: NodeSockets, heard: HeardSockets, changed: (uid: string) => void): void {
  const now = new Map([...pods].map(([uid, pod]) => [uid, lastingSockets(pod)]));
  const others = [...now].filter(([uid, sockets]) => heard.get(uid) !== sockets).map(([uid]) => uid);
  const gone = [...heard.keys()].filter((uid) => !now.has(uid));
  heard.clear();
  for (const [uid, sockets] of now) heard.set(uid, sockets);
  for (const uid of [...others, ...gone]) changed(uid);
}
