import type { WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { Service } from './service.ts';

/** A StatefulSet gives it to its pods: a Service for one member selects by it (Kubernetes: well-known labels). */
const POD_NAME = 'statefulset.kubernetes.io/pod-name';

/** Labels that controllers add to the pods that they make; no manifest has them. */
const ADDED_LABELS = new Set([
  POD_NAME,
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-name',
  'controller-revision-hash',
  'job-name',
  'pod-template-hash',
]);

/** The workloads of these files whose pods the Service leads to. */
export function servicePods({ selector, namespace }: Service, set: ManifestSet): readonly WorkloadManifest[] {
  if (selector === undefined) return [];
  const written = Object.entries(selector).filter(([key]) => !ADDED_LABELS.has(key));
  const member = selector[POD_NAME];
  return set
    .selected(namespace, { matchLabels: Object.fromEntries(written) })
    .filter((manifest) => member === undefined || hasMember(manifest, member));
}

function hasMember({ workload }: WorkloadManifest, member: string): boolean {
  return workload.kind === 'StatefulSet' && member.replace(/-[0-9]+$/, '') === workload.name;
}
