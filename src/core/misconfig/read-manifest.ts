import type { MapNode } from '../document.ts';
import { readNetworkPolicy, readSelector } from '../pair/read.ts';
import { asRecord, isRecord, textFields } from '../unknown.ts';
import { readWorkload, type WorkloadReading } from '../workload-reading.ts';
import type { Manifest, ReadManifest, WorkloadManifest } from './manifest.ts';
import { readPortUses } from './port-use.ts';
import { readService } from './service.ts';

/** An object, and what its head says. */
export interface ObjectHead {
  readonly group: string;
  readonly kind: string;
  /** Where it lives; the default is applied. */
  readonly namespace: string;
  readonly name: string;
  readonly node: MapNode;
}

/** A workload that was read already, since the gate's rules judge it too. */
export function workloadManifest(head: ObjectHead, value: unknown, { workload, faults }: WorkloadReading): WorkloadManifest {
  const { selector } = asRecord(asRecord(value).spec);
  const written = head.kind === 'ReplicationController' ? { matchLabels: textFields(selector) } : readSelector(selector);
  return {
    ...identity(head),
    workload,
    ...(isRecord(selector) && head.kind !== 'Pod' ? { selector: written } : {}),
    portUses: readPortUses(value, workload.containers),
    custom: false,
    faulty: faults.length > 0,
  };
}

/** Any other object that the misconfigurations look at; undefined: they have no eye for it. `value` is asked for only where it matters. */
export function readManifest(head: ObjectHead, value: () => unknown): ReadManifest | undefined {
  const { group, kind, namespace, name } = head;
  if (group === '' && kind === 'Service') {
    return { is: 'service', manifest: { ...identity(head), service: readService(value(), namespace) } };
  }
  if (group === '' && kind === 'Namespace')
    return { is: 'namespace', manifest: { id: `${kind}/${name}`, namespace: name, node: head.node } };
  if (kind === 'NetworkPolicy' && (group === 'networking.k8s.io' || group === 'extensions')) {
    const policy = readNetworkPolicy(value(), namespace);
    return policy === undefined ? undefined : { is: 'policy', manifest: { ...identity(head), policy } };
  }
  if (kind.endsWith('NetworkPolicy')) {
    return { is: 'other-policy', manifest: { ...identity(head), wholeCluster: CLUSTER_WIDE.test(kind) } };
  }
  return group.includes('.') && mentionsContainers(head.node) ? customWorkload(head, value()) : undefined;
}

/** AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy, GlobalNetworkPolicy; Cilium says Clusterwide. */
const CLUSTER_WIDE = /Admin|Cluster|Global/;

function identity({ kind, namespace, name, node }: ObjectHead): Manifest {
  return { id: `${kind}/${namespace}/${name}`, namespace, node };
}

/** Argo's Rollout, OpenShift's DeploymentConfig, a Fleet: their pods are as real as those of a Deployment, so Services may lead to them. */
function customWorkload(head: ObjectHead, value: unknown): ReadManifest | undefined {
  const pod = embeddedPod(asRecord(value).spec, 3);
  if (pod === undefined) return undefined;
  const { workload, faults } = readWorkload('Pod', { metadata: { ...pod.metadata, name: head.name }, spec: pod.spec }, head.namespace);
  const named = { ...workload, kind: head.kind };
  return { is: 'workload', manifest: { ...identity(head), workload: named, portUses: [], custom: true, faulty: faults.length > 0 } };
}

function embeddedPod(
  spec: unknown,
  depth: number,
): { readonly metadata: Readonly<Record<string, unknown>>; readonly spec: unknown } | undefined {
  const { template } = asRecord(spec);
  if (!isRecord(template) || depth === 0) return undefined;
  if (Array.isArray(asRecord(template.spec).containers)) return { metadata: asRecord(template.metadata), spec: template.spec };
  return embeddedPod(template.spec, depth - 1);
}

/** Cheap, and before the tree is turned into a value: definitions of custom resources have thousands of lines. */
function mentionsContainers({ entries }: MapNode): boolean {
  const spec = entries.find(({ key }) => key === 'spec')?.value;
  return spec?.kind === 'map' && spec.entries.some(({ key, value }) => key === 'template' && value.kind === 'map');
}
