import type { PodState } from '../../core/cluster-state.ts';
import { asList, asRecord, isRecord, textFields, textOf } from '../../core/unknown.ts';
import { type Share, unshared } from './share.ts';

/** By which the kubelet marks the mirror of a static pod. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

type Fields = Readonly<Record<string, unknown>>;

/** What Portcullis keeps of a Pod: a tenth of it, since there are ten thousands; and once what pods of one kind have in common. */
export function keepPod(raw: unknown, share: Share = unshared): PodState {
  const pod = asRecord(raw);
  const metadata = asRecord(pod.metadata);
  const spec = asRecord(pod.spec);
  const status = asRecord(pod.status);
  const labels = share(textFields(metadata.labels));
  const containers = containerStatuses(status);
  return {
    namespace: textOf(metadata.namespace),
    name: textOf(metadata.name),
    uid: textOf(metadata.uid),
    labels,
    phase: textOf(status.phase),
    deleting: textOf(metadata.deletionTimestamp) !== '',
    hostNetwork: spec.hostNetwork === true,
    nodeName: share(textOf(spec.nodeName)),
    addresses: addresses(status),
    schedulingGates: asList(spec.schedulingGates).map((gate) => textOf(asRecord(gate).name)),
    restarts: containers.reduce((sum, container) => sum + starts(container), 0),
    running: containers.some(({ state }) => isRecord(asRecord(state).running)),
    object: { metadata: keepMetadata(metadata, labels), spec: keepSpec(spec, share) },
  };
}

/** Containers, init containers with sidecars, and ephemeral ones: each may listen. */
function containerStatuses(status: Fields): readonly Fields[] {
  return ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].flatMap((field) =>
    asList(status[field]).map(asRecord),
  );
}

/** How often a container was started. A new ephemeral container has no restart, but a first start. */
function starts({ restartCount, containerID }: Fields): number {
  return (typeof restartCount === 'number' ? restartCount : 0) + (textOf(containerID) === '' ? 0 : 1);
}

function addresses({ podIPs, podIP }: Fields): string[] {
  const all = [...asList(podIPs).map((address) => textOf(asRecord(address).ip)), textOf(podIP)];
  return [...new Set(all.filter((address) => address !== ''))];
}

function keepMetadata({ name, annotations }: Fields, labels: Fields): Fields {
  const mirror = asRecord(annotations)[MIRROR_ANNOTATION];
  return { name, labels, ...(mirror === undefined ? {} : { annotations: { [MIRROR_ANNOTATION]: mirror } }) };
}

/** Fields stay as they are, also wrong ones: core says what is wrong with them. Absent ones stay absent. */
function keepSpec(spec: Fields, share: Share): Fields {
  const kept = {
    ...pick(spec, ['hostNetwork', 'nodeName', 'schedulingGates']),
    containers: share(asList(spec.containers).map(keepContainer)),
  };
  return spec.initContainers === undefined ? kept : { ...kept, initContainers: share(asList(spec.initContainers).map(keepContainer)) };
}

function keepContainer(container: unknown): Fields {
  return pick(asRecord(container), ['name', 'restartPolicy', 'ports']);
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]));
}
