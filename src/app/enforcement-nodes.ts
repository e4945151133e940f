import type { PodState } from '../core/cluster-state.ts';
import { CANARY, canaryEnforcement, type Enforcement, notProven } from '../core/enforcement.ts';
import type { AddressView } from '../core/finding.ts';
import type { Clock, ClusterView, Scanner } from '../ports.ts';
import type { Standing } from './enforcement-standing.ts';
import type { Prober } from './prober.ts';
import { runningNodes } from './running-nodes.ts';

export interface NodeProofParts {
  readonly view: Pick<ClusterView, 'namespaces' | 'pods'>;
  /** The namespace of the agents. */
  readonly agents: string;
  readonly scanner: Scanner;
  prober(): Prober;
  readonly standing: Standing;
  /** Nodes of which enough is known for now. */
  readonly known: ReadonlySet<string>;
  readonly clock: Clock;
  /** Resolves after so many milliseconds, or at once where the work is stopped. */
  pause(ms: number): Promise<void>;
}

/** Between the two samples that `not enforced` takes: policies of a pod that just started are tens of milliseconds late. */
export const BETWEEN_SAMPLES_MS = 1_000;

/** Nodes that are probed at the same time. */
const PARALLELISM = 16;

/** Looks once at every node on which a pod runs, but for those that need no look now. */
export async function proveNodes(parts: NodeProofParts, signal: AbortSignal): Promise<void> {
  const nodes = runningNodes(parts.view);
  for (const node of [...parts.standing.all().keys()]) if (!nodes.has(node)) parts.standing.forget(node);
  const agents = agentsByNode(parts.view.pods(parts.agents));
  const waiting = [...nodes]
    .filter((node) => !parts.known.has(node))
    .sort()
    .values();
  const worker = async () => {
    for (const node of waiting) {
      const enforcement = await proveNode(agents.get(node), parts, signal);
      if (signal.aborted) return;
      parts.standing.set(node, enforcement);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLELISM, nodes.size) }, worker));
}

/** One sample suffices, unless it says `not enforced`: then the second one decides. */
async function proveNode(agent: PodState | undefined, parts: NodeProofParts, signal: AbortSignal): Promise<Enforcement> {
  const prober = parts.prober();
  if (!prober.known) return notProven(prober.reason);
  if (agent === undefined) return notProven('no agent runs on it');
  if (agent.hostNetwork) return notProven(`its agent ${agent.name} is on the host network, which no policy covers`);
  const sample = async () => canaryEnforcement(await probe(agent, parts.scanner, signal), { from: prober.name, at: parts.clock.now() });
  const first = await sample();
  if (first.state !== 'not enforced') return first;
  await parts.pause(BETWEEN_SAMPLES_MS);
  return sample();
}

async function probe({ addresses }: PodState, scanner: Scanner, signal: AbortSignal): Promise<AddressView[]> {
  const ports = [CANARY.permitted, CANARY.denied];
  return Promise.all([...new Set(addresses)].map(async (address) => ({ address, view: await scanner.scan({ address, ports }, signal) })));
}

const COMPONENT_LABEL = 'app.kubernetes.io/component';

/** The agent of each node; while a new one replaces an old one, the first by name that runs. */
export function agentsByNode(pods: readonly PodState[]): ReadonlyMap<string, PodState> {
  const running = pods.filter((pod) => pod.labels[COMPONENT_LABEL] === 'agent' && pod.running && !pod.deleting && pod.addresses.length > 0);
  return new Map(running.sort((a, b) => (a.name < b.name ? 1 : -1)).map((pod) => [pod.nodeName, pod]));
}
