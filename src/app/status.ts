import { type AgentState, agentText, isSeen } from '../core/agent-state.ts';
import { formatIssue } from '../core/document.ts';
import { type Enforcement, type EnforcementState, enforcementText } from '../core/enforcement.ts';
import { formatPort } from '../core/port.ts';
import type { TrackedPod } from './quarantine-parts.ts';
import type { TemplateState } from './template-state.ts';

/** What probes prove, how the agents are doing, and which pods are shut off. */
export interface ProvenState {
  readonly nodes: ReadonlyMap<string, Enforcement>;
  readonly namespaces: ReadonlyMap<string, Enforcement>;
  /** Absent: nobody asks the agents. */
  readonly agents?: ReadonlyMap<string, AgentState> | undefined;
  readonly quarantined: readonly Pick<TrackedPod, 'namespace' | 'name' | 'state' | 'ports'>[];
}

const NOTHING_PROVEN: ProvenState = { nodes: new Map(), namespaces: new Map(), quarantined: [] };

/** A ConfigMap holds 1 MiB, and nobody reads more; what is wrong comes first. */
const LONGEST_LIST = 300;

/** What the operator sees in the status: the template in force, what was refused, and the namespaces that need a person. */
export function statusOf(
  state: TemplateState,
  conflicts: ReadonlyMap<string, readonly string[]>,
  proven: ProvenState = NOTHING_PROVEN,
): Readonly<Record<string, unknown>> {
  return {
    template: state.template?.hash ?? 'none: no template was ever accepted',
    refused: state.refused.flatMap(({ name, issues }) => [`ConfigMap ${name}:`, ...issues.map((issue) => `  ${formatIssue(issue)}`)]),
    conflicts: [...conflicts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([namespace, names]) => `${namespace}: ${names.join(', ')} belongs to somebody else`),
    nodes: enforcementLines(proven.nodes),
    namespaces: enforcementLines(proven.namespaces),
    agents: agentLines(proven.agents ?? new Map()),
    quarantined: cut(
      proven.quarantined.map((pod) => `${pod.namespace}/${pod.name}: ${pod.state}, for ${pod.ports.map(formatPort).join(', ')}`).sort(),
    ),
  };
}

/** What is not enforced first, then what is, then what nobody can tell; by name. */
const ORDER: readonly EnforcementState[] = ['not enforced', 'enforced', 'not proven'];

function enforcementLines(all: ReadonlyMap<string, Enforcement>): string[] {
  const sorted = [...all].sort(([a, one], [b, other]) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || (a < b ? -1 : 1));
  return cut(sorted.map(([name, enforcement]) => `${name}: ${enforcementText(enforcement)}`));
}

/** The nodes that nobody sees come first; by name. */
function agentLines(all: ReadonlyMap<string, AgentState>): string[] {
  const sorted = [...all].sort(([a, one], [b, other]) => Number(isSeen(one)) - Number(isSeen(other)) || (a < b ? -1 : 1));
  return cut(sorted.map(([node, agent]) => `${node}: ${agentText(agent)}`));
}

function cut(lines: readonly string[]): string[] {
  return lines.length <= LONGEST_LIST ? [...lines] : [...lines.slice(0, LONGEST_LIST), `and ${lines.length - LONGEST_LIST} more`];
}
