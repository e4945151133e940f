import { type AgentState, agentText, type NodeAgent } from '../core/agent-state.ts';
import type { ClusterView, Metrics } from '../ports.ts';
import { runningNodes } from './running-nodes.ts';
import type { WorkQueueOptions } from './work-queue.ts';

export interface AgentStatesParts {
  readonly view: Pick<ClusterView, 'namespaces' | 'pods'>;
  /** The agents that run, and how they are doing now. */
  agents(): readonly NodeAgent[];
  readonly metrics: Metrics;
  /** Something that people read is another than before. */
  changed(): void;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  readonly later: NonNullable<WorkQueueOptions['later']>;
}

export interface AgentStates {
  /** Of each node on which a pod runs, by name. */
  all(): ReadonlyMap<string, AgentState>;
  stop(): void;
}

/** Follows on which nodes the agents see what listens, and tells when that changed: a node without an agent is a blind spot. */
export function followAgents(parts: AgentStatesParts): AgentStates {
  let [states, text] = [new Map<string, AgentState>(), ''];
  let cancel = () => {};
  const look = () => {
    const now = agentStates(parts);
    const said = [...now].map(([node, agent]) => `${node}: ${agentText(agent)}`).join('\n');
    if (said !== text) {
      [states, text] = [now, said];
      parts.metrics.record({ event: 'agents', byState: countStates(now.values()) });
      parts.changed();
    }
    cancel = parts.later(look, parts.everyMs);
  };
  cancel = parts.later(look, parts.everyMs);
  return { all: () => states, stop: () => cancel() };
}

function agentStates({ view, agents }: Pick<AgentStatesParts, 'view' | 'agents'>): Map<string, AgentState> {
  const running = new Map(agents().map(({ node, address: _, ...agent }): [string, AgentState] => [node, agent]));
  return new Map([...runningNodes(view)].sort().map((node) => [node, running.get(node) ?? { state: 'missing' }]));
}

function countStates(all: Iterable<AgentState>): Record<string, number> {
  const byState: Record<string, number> = {};
  for (const { state } of all) byState[state] = (byState[state] ?? 0) + 1;
  return byState;
}
