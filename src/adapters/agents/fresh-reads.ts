import type { NodeSockets } from '../../core/node-sockets.ts';
import type { AgentAddress } from './agent-address.ts';
import type { AgentCaller } from './agent-request.ts';

/** What is true of pods now. */
export interface FreshReads {
  /** The answer of the agent to a request that began after this call. Rejects in words. */
  read(agent: AgentAddress, pod: string): Promise<NodeSockets>;
}

/** A scan waits for it; a whole look at a pod takes milliseconds. */
const TIMEOUT_MS = 10_000;

interface Batch {
  readonly pods: Set<string>;
  readonly answer: Promise<NodeSockets>;
}

/** One request at a time for each agent: whoever asks meanwhile shares the next one, with the pods of all who wait for it. */
export function makeFreshReads(caller: AgentCaller, signal: AbortSignal): FreshReads {
  const waiting = new Map<string, Batch>();
  const running = new Map<string, Promise<unknown>>();
  const begin = (key: string, agent: AgentAddress): Batch => {
    const pods = new Set<string>();
    const before = running.get(key) ?? Promise.resolve();
    const answer = before.then(async () => {
      waiting.delete(key);
      const { sockets } = await caller.ask(agent, { pods: [...pods], timeoutMs: TIMEOUT_MS, signal });
      if (sockets === undefined) throw new Error('it answers without sockets');
      return sockets;
    });
    const ended = answer.then(
      () => {},
      () => {},
    );
    running.set(key, ended);
    void ended.then(() => {
      if (running.get(key) === ended) running.delete(key);
    });
    const batch = { pods, answer };
    waiting.set(key, batch);
    return batch;
  };
  return {
    read: (agent, pod) => {
      const key = `${agent.uid} ${agent.address}`;
      const batch = waiting.get(key) ?? begin(key, agent);
      batch.pods.add(pod);
      return batch.answer;
    },
  };
}
