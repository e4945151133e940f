import { familyOf } from '../core/address.ts';
import type { PodState } from '../core/cluster-state.ts';
import { CANARY } from '../core/enforcement.ts';
import { formatPort } from '../core/port.ts';
import { probesOf } from '../core/views.ts';
import type { ClusterView, Scanner } from '../ports.ts';
import { agentsByNode } from './enforcement-nodes.ts';

export interface ReachProofParts {
  readonly view: Pick<ClusterView, 'pods'>;
  /** The namespace of the agents. */
  readonly agents: string;
  readonly scanner: Scanner;
}

/**
 * Why a pod that does not answer proves nothing: at this moment probes are not seen to get through to its node, by each of its families. The
 * canary that the agent's policy permits must answer. Undefined where it does.
 */
export async function doubtOfReach(
  { nodeName, addresses }: PodState,
  { view, agents, scanner }: ReachProofParts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const agent = agentsByNode(view.pods(agents)).get(nodeName);
  if (agent === undefined || agent.hostNetwork) return `no agent in the pod network of node ${nodeName} shows that probes get there`;
  const families = [...new Set(addresses.map(familyOf))];
  const doubts = families.map(async (family) => {
    const address = agent.addresses.find((one) => familyOf(one) === family);
    if (address === undefined) return `the agent of node ${nodeName} has no IPv${family} address`;
    const answers = probesOf(await scanner.scan({ address, ports: [CANARY.permitted] }, signal));
    const reached = answers.some(({ port, reachability }) => formatPort(port) === formatPort(CANARY.permitted) && reachability === 'open');
    return reached ? undefined : `${formatPort(CANARY.permitted)} of the agent of node ${nodeName} does not answer at ${address} either`;
  });
  return (await Promise.all(doubts)).find((doubt) => doubt !== undefined);
}
