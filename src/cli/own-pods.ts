import { AGENT_NAMESPACE } from '../core/agent-names.ts';
import type { PodState } from '../core/cluster-state.ts';
import type { ClusterView } from '../ports.ts';

const COMPONENT = 'app.kubernetes.io/component';

/** The agents that run, at most one of a node. */
export function agentPods(view: Pick<ClusterView, 'pods'>): PodState[] {
  return runningPods(view, AGENT_NAMESPACE, 'agent');
}

/** A pod from which others can be probed: the controller's. Never one on the host network, which is a node in the eyes of policies. */
export function probingPod(view: Pick<ClusterView, 'pods'>, own: string): PodState | undefined {
  return runningPods(view, own, 'controller').find(({ hostNetwork }) => !hostNetwork);
}

function runningPods({ pods }: Pick<ClusterView, 'pods'>, namespace: string, component: string): PodState[] {
  return pods(namespace).filter(({ labels, running, deleting }) => labels[COMPONENT] === component && running && !deleting);
}
