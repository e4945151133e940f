import type { FoundObject } from '../../core/reach/world.ts';
import { asRecord } from '../../core/unknown.ts';
import { API_SERVER_SLICES, keepSlice, sliceAddresses } from './endpoint-slices.ts';
import { listAll } from './list.ts';
import type { KubeTransport } from './transport.ts';

/** The kinds that a question about connections may touch. List items bear no apiVersion and kind of their own. */
const KINDS: readonly (readonly [apiVersion: string, kind: string, resource: string])[] = [
  ['v1', 'Namespace', 'namespaces'],
  ['v1', 'Pod', 'pods'],
  ['v1', 'Service', 'services'],
  ['v1', 'ReplicationController', 'replicationcontrollers'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'ReplicaSet', 'replicasets'],
  ['apps/v1', 'StatefulSet', 'statefulsets'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
  ['batch/v1', 'Job', 'jobs'],
  ['batch/v1', 'CronJob', 'cronjobs'],
  ['networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'],
];

/** The objects of a cluster at one moment, whole, and the addresses of its API server. */
export interface FoundCluster {
  readonly objects: readonly FoundObject[];
  readonly apiServer: readonly string[];
}

/** Reads every list once, side by side. Rejects with a KubeError where one may not be read: half of a cluster would answer wrongly. */
export async function readObjects(transport: KubeTransport): Promise<FoundCluster> {
  const lists = KINDS.map(async ([apiVersion, kind, resource]) => {
    const path = `${apiVersion === 'v1' ? '/api' : '/apis'}/${apiVersion}/${resource}`;
    return (await listAll(transport, { path })).map((item) => ({ value: { ...asRecord(item), apiVersion, kind } }));
  });
  const [objects, slices] = await Promise.all([Promise.all(lists), listAll(transport, API_SERVER_SLICES)]);
  return { objects: objects.flat(), apiServer: sliceAddresses(slices.map(keepSlice)) };
}
