import type { Manifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';

/** A warning only where the files make the namespace as well: else its policies may lie elsewhere. */
export const namespaceWithoutPolicy: MisconfigurationClass = {
  code: 'namespace-without-policy',
  severity: 'warning',
  summary:
    'No NetworkPolicy is about the pods of the namespace, and the template does not close it: every pod of the cluster reaches every port in it.',
  remedy: 'Set mode enforce for the namespace in the template, or give it policies.',
  find: (set: ManifestSet): Sighting[] => [...firstWorkloads(set)].flatMap(([namespace, first]) => openNamespace(namespace, first, set)),
};

/** The namespaces of the pods that a policy could cover, each with its first workload. */
function firstWorkloads({ workloads }: ManifestSet): ReadonlyMap<string, Manifest> {
  const first = new Map<string, Manifest>();
  for (const manifest of workloads) {
    const { namespace, hostNetwork } = manifest.workload;
    if (!hostNetwork && !first.has(namespace)) first.set(namespace, manifest);
  }
  return first;
}

function openNamespace(namespace: string, workload: Manifest, set: ManifestSet): Sighting[] {
  const { mode, exempt } = set.authority.namespace(namespace);
  const isClosed =
    mode === 'enforce' ||
    exempt ||
    set.policies.some(({ policy }) => policy.metadata.namespace === namespace) ||
    set.otherPolicies.some((other) => other.wholeCluster || other.namespace === namespace);
  if (isClosed) return [];
  const made = set.namespaces.find((one) => one.namespace === namespace);
  return [
    {
      manifest: made ?? workload,
      path: ['metadata', made === undefined ? 'namespace' : 'name'],
      message: `no NetworkPolicy among these files is about namespace ${namespace}, and in mode ${mode} Portcullis applies none`,
      fix: 'enforce the namespace in the template, or give it policies',
      ...(made === undefined ? { severity: 'note' as const } : {}),
    },
  ];
}
