import type { Stranger } from '../core/foreign-openings.ts';
import type { ClusterView } from '../ports.ts';

/** Who probes, or why what he sees proves nothing. */
export type Prober =
  | { readonly known: true /** `NAMESPACE/POD`. */; readonly name: string; readonly stranger: Stranger }
  | { readonly known: false; readonly reason: string };

/**
 * The pod that this program runs in. A node reaches its own pods whatever the policies say, so nothing is proven from a node or from a pod
 * on the host network.
 */
export function findProber(
  view: Pick<ClusterView, 'pods' | 'namespace'>,
  place: { readonly namespace: string; readonly pod: string },
): Prober {
  const name = `${place.namespace}/${place.pod}`;
  const pod = view.pods(place.namespace).find((one) => one.name === place.pod);
  if (pod === undefined)
    return {
      known: false,
      reason: `the prober runs outside of the cluster's pods (there is no pod ${name}), where policies may not reach`,
    };
  if (pod.hostNetwork)
    return { known: false, reason: `the prober ${name} is on the host network: a node reaches its pods whatever the policies say` };
  const namespaceLabels = view.namespace(place.namespace)?.labels ?? {};
  return { known: true, name, stranger: { namespace: place.namespace, namespaceLabels, labels: pod.labels, addresses: pod.addresses } };
}
