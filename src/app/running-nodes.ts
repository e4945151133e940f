import type { ClusterView } from '../ports.ts';

/** The names of the nodes on which some pod runs. */
export function runningNodes({ namespaces, pods }: Pick<ClusterView, 'namespaces' | 'pods'>): ReadonlySet<string> {
  const running = namespaces().flatMap(({ name }) => pods(name).filter((pod) => pod.running && pod.nodeName !== ''));
  return new Set(running.map(({ nodeName }) => nodeName));
}
