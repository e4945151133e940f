import type { Place } from '../document.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import { readNetworkPolicy } from '../pair/read.ts';
import type { Labels } from '../selector.ts';
import { asList, asRecord, textFields, textOf } from '../unknown.ts';
import { declaredPorts, isWorkloadKind, type Workload } from '../workload.ts';
import type { WorkloadFault } from '../workload-fault.ts';
import { readWorkload } from '../workload-reading.ts';
import { type PodEnd, withNameLabel } from './endpoint.ts';

/** One object of a cluster or of a manifest, as JSON, with its apiVersion and kind. */
export interface FoundObject {
  readonly value: unknown;
  /** Absent: it was read from the cluster. */
  readonly place?: Place;
}

/** A Pod or a workload that makes Pods. */
export interface Subject {
  readonly workload: Workload;
  readonly faults: readonly WorkloadFault[];
  /** Of the Pod itself; a workload has none. */
  readonly addresses: readonly string[];
  /** The object that made it. */
  readonly owner?: { readonly kind: string; readonly name: string };
  /** The labels by which a workload finds its pods: nobody can change them. */
  readonly ownSelector: Labels;
  readonly found: FoundObject;
}

/** What stands beside the template when a question is asked. */
export interface World {
  /** The labels of every namespace that exists or is named by an object. */
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly subjects: readonly Subject[];
  readonly policies: readonly { readonly policy: NetworkPolicy; readonly found: FoundObject }[];
  readonly services: readonly { readonly namespace: string; readonly found: FoundObject }[];
}

/** Sorts objects into what a question needs. Other kinds are left aside. `defaultNamespace`: of objects that name none. */
export function readWorld(objects: readonly FoundObject[], defaultNamespace: string): World {
  const read = objects.map((found) => ({ found, ...kindOf(found, defaultNamespace) }));
  const subjects = read.flatMap(({ found, group, kind, namespace }) =>
    isWorkloadKind(group, kind) ? [subjectOf(found, kind, namespace)] : [],
  );
  const policies = read.flatMap(({ found, group, kind, namespace }) => {
    const policy = kind === 'NetworkPolicy' && group === 'networking.k8s.io' ? readNetworkPolicy(found.value, namespace) : undefined;
    return policy === undefined ? [] : [{ policy, found }];
  });
  const services = read.flatMap(({ found, group, kind, namespace }) => (kind === 'Service' && group === '' ? [{ namespace, found }] : []));
  const namespaces = new Map<string, Labels>();
  for (const { namespace } of [
    ...subjects.map(({ workload }) => workload),
    ...services,
    ...policies.map(({ policy }) => policy.metadata),
  ]) {
    namespaces.set(namespace, withNameLabel(namespace, {}));
  }
  for (const { found, group, kind } of read) {
    const { name, labels } = asRecord(asRecord(found.value).metadata);
    if (kind === 'Namespace' && group === '') namespaces.set(textOf(name), withNameLabel(textOf(name), textFields(labels)));
  }
  return { namespaces, subjects, policies, services };
}

/** The subjects that nobody else in the world makes. */
export function makers({ subjects }: Pick<World, 'subjects'>): Subject[] {
  const known = new Set(subjects.map(({ workload: { namespace, kind, name } }) => `${namespace}/${kind}/${name}`));
  return subjects.filter(({ owner, workload }) => owner === undefined || !known.has(`${workload.namespace}/${owner.kind}/${owner.name}`));
}

/** The pods of a subject, as one end of a connection. */
export function podEnd({ workload, addresses }: Subject, { namespaces }: Pick<World, 'namespaces'>): PodEnd {
  const { namespace, labels, hostNetwork } = workload;
  const namedPorts = declaredPorts(workload).flatMap(({ declared: { name, port } }) => (name === undefined ? [] : [{ name, port }]));
  return {
    kind: 'pod',
    namespace,
    namespaceLabels: namespaces.get(namespace) ?? withNameLabel(namespace, {}),
    labels,
    addresses,
    hostNetwork,
    namedPorts,
  };
}

function kindOf({ value }: FoundObject, defaultNamespace: string): { group: string; kind: string; namespace: string } {
  const { apiVersion, kind, metadata } = asRecord(value);
  const version = textOf(apiVersion);
  return {
    group: version.includes('/') ? version.slice(0, version.indexOf('/')) : '',
    kind: textOf(kind),
    namespace: textOf(asRecord(metadata).namespace) || defaultNamespace,
  };
}

function subjectOf(found: FoundObject, kind: string, namespace: string): Subject {
  const { metadata, spec, status } = asRecord(found.value);
  const { podIP, podIPs } = asRecord(status);
  const addresses = kind === 'Pod' ? [...asList(podIPs).map((address) => textOf(asRecord(address).ip)), textOf(podIP)] : [];
  const owner = asList(asRecord(metadata).ownerReferences)
    .map(asRecord)
    .find(({ controller }) => controller === true);
  return {
    ...readWorkload(kind, found.value, namespace),
    ...(owner === undefined ? {} : { owner: { kind: textOf(owner.kind), name: textOf(owner.name) } }),
    addresses: [...new Set(addresses)].filter((address) => address !== ''),
    ownSelector: kind === 'Pod' ? {} : textFields(asRecord(asRecord(spec).selector).matchLabels ?? asRecord(spec).selector),
    found,
  };
}
