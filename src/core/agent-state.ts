/** How the agent of a node is doing, as far as the controller can tell. */
export const AGENT_STATES = ['watching', 'starting', 'failing', 'missing'] as const;

/** What is known of an agent that runs. */
export type RunningAgent =
  | { readonly state: 'starting' }
  /** It answers. `since`: RFC 3339. */
  | { readonly state: 'watching'; readonly since: string }
  | { readonly state: 'failing'; readonly reason: string };

export type AgentState = RunningAgent | { readonly state: 'missing' };

/** A node and its agent. */
export type NodeAgent = { readonly node: string; readonly address: string } & RunningAgent;

/** Whether what listens on the node is seen. */
export function isSeen({ state }: AgentState): boolean {
  return state === 'watching';
}

/** For people, to complete "node-1: ...". */
export function agentText(agent: AgentState): string {
  switch (agent.state) {
    case 'watching':
      return `answers since ${agent.since}`;
    case 'starting':
      return 'was not heard of yet';
    case 'failing':
      return `does not answer: ${agent.reason}`;
    case 'missing':
      return 'no agent runs on it';
  }
}
