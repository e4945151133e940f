import type { Authority } from '../authority.ts';
import { grouped } from '../grouped.ts';
import { type LabelSelector, selects } from '../selector.ts';
import type { Manifest, OtherPolicyManifest, PolicyManifest, ReadManifest, ServiceManifest, WorkloadManifest } from './manifest.ts';

/** All objects of the manifests that one command was given: what they show together. What lies elsewhere is not known. */
export interface ManifestSet {
  readonly authority: Authority;
  /** In the order of the files. One object may stand in several of them (a base and its overlays): it has the same `id` there. */
  readonly workloads: readonly WorkloadManifest[];
  readonly services: readonly ServiceManifest[];
  readonly policies: readonly PolicyManifest[];
  readonly otherPolicies: readonly OtherPolicyManifest[];
  readonly namespaces: readonly Manifest[];
  /** The workloads of a namespace whose pods the selector selects. An empty selector selects all. */
  selected(namespace: string, selector: LabelSelector): readonly WorkloadManifest[];
  /** The Services of a namespace. */
  servicesOf(namespace: string): readonly ServiceManifest[];
}

/** Arranges the objects for the questions of the misconfigurations. */
export function makeManifestSet(manifests: readonly ReadManifest[], authority: Authority): ManifestSet {
  const workloads = manifests.flatMap((one) => (one.is === 'workload' ? [one.manifest] : []));
  const services = manifests.flatMap((one) => (one.is === 'service' ? [one.manifest] : []));
  const byLabel = indexByLabel(workloads);
  const byNamespace = grouped(workloads, ({ workload }) => workload.namespace);
  const serviceGroups = grouped(services, ({ service }) => service.namespace);
  return {
    authority,
    workloads,
    services,
    policies: manifests.flatMap((one) => (one.is === 'policy' ? [one.manifest] : [])),
    otherPolicies: manifests.flatMap((one) => (one.is === 'other-policy' ? [one.manifest] : [])),
    namespaces: manifests.flatMap((one) => (one.is === 'namespace' ? [one.manifest] : [])),
    selected(namespace, selector) {
      const [pair] = Object.entries(selector.matchLabels ?? {});
      const candidates = pair === undefined ? byNamespace.get(namespace) : byLabel.get(labelKey(namespace, pair));
      return (candidates ?? []).filter(({ workload }) => selects(selector, workload.labels));
    },
    servicesOf: (namespace) => serviceGroups.get(namespace) ?? [],
  };
}

/** So that the cost does not grow with the square of the number of workloads. */
function indexByLabel(workloads: readonly WorkloadManifest[]): ReadonlyMap<string, WorkloadManifest[]> {
  const index = new Map<string, WorkloadManifest[]>();
  for (const manifest of workloads) {
    for (const pair of Object.entries(manifest.workload.labels)) push(index, labelKey(manifest.workload.namespace, pair), manifest);
  }
  return index;
}

function labelKey(namespace: string, [key, value]: readonly [string, string]): string {
  return `${namespace} ${key}=${value}`;
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [item]);
  else there.push(item);
}
