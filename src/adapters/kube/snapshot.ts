import type { ClusterView } from '../../ports.ts';
import { API_SERVER_SLICES, keepSlice, sliceAddresses } from './endpoint-slices.ts';
import { listAll } from './list.ts';
import { keepNamespace } from './namespaces.ts';
import { NAMESPACES, PODS, POLICIES } from './paths.ts';
import { keepPod } from './pods.ts';
import { keepPolicy } from './policies.ts';
import type { KubeTransport } from './transport.ts';

/** The cluster at one moment, for commands that look once: four lists, taken side by side. Rejects with a KubeError. */
export async function readCluster(transport: KubeTransport): Promise<ClusterView> {
  const [namespaces, policies, pods, slices] = await Promise.all([
    listAll(transport, { path: NAMESPACES }).then((all) => all.map(keepNamespace)),
    listAll(transport, { path: POLICIES }).then((all) => all.flatMap((raw) => keepPolicy(raw) ?? [])),
    listAll(transport, { path: PODS }).then((all) => all.map((raw) => keepPod(raw))),
    listAll(transport, API_SERVER_SLICES).then((all) => all.map(keepSlice)),
  ]);
  return {
    namespaces: () => namespaces,
    namespace: (name) => namespaces.find((namespace) => namespace.name === name),
    policies: (namespace) => policies.filter(({ metadata }) => metadata.namespace === namespace),
    pods: (namespace) => pods.filter((pod) => pod.namespace === namespace),
    apiServer: () => sliceAddresses(slices),
  };
}
