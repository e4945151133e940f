import { asRecord, textFields, textOf } from '../../src/core/unknown.ts';
import type { ApiServer } from '../cluster/api-server.ts';
import { succeed } from '../support/install.ts';
import { podReady } from '../support/pods.ts';
import { applyObject, type ModelCluster } from './cluster.ts';
import { SENTINEL } from './settle.ts';
import { type ModelPod, type PlacedPod, PODS, podManifest } from './universe.ts';

/** Makes the pods and their namespaces, waits until they run, and answers them with their addresses, in the same order. */
export async function placePods(cluster: ModelCluster, pods: readonly ModelPod[]): Promise<PlacedPod[]> {
  for (const namespace of new Set(pods.map((pod) => pod.namespace))) {
    const path = `/api/v1/namespaces/${namespace}`;
    await applyObject(cluster, path, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'default' } };
    await applyObject(cluster, `${path}/serviceaccounts/default`, account);
  }
  return Promise.all(pods.map((pod) => placePod(cluster, pod)));
}

async function placePod(cluster: ModelCluster, pod: ModelPod): Promise<PlacedPod> {
  const { namespace, name } = pod;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  await applyObject(cluster, path, podManifest(pod));
  await podReady(cluster.api, namespace, name);
  const { metadata, status } = await cluster.api.request('GET', path);
  return { ...pod, labels: textFields(metadata?.labels), ip: textOf(asRecord(status).podIP) };
}

/** Removes what placePods made, and waits until it is gone. The namespace of the system stays. */
export async function removePods(api: Pick<ApiServer, 'kubectl'>): Promise<void> {
  const system = PODS.filter(({ namespace }) => namespace === 'kube-system').map(({ name }) => name);
  const namespaces = new Set(PODS.map(({ namespace }) => namespace).filter((namespace) => namespace !== 'kube-system'));
  await succeed(api, ['delete', 'pod', '-n', 'kube-system', ...system, '--ignore-not-found']);
  await succeed(api, ['delete', 'namespace', ...namespaces, SENTINEL, '--ignore-not-found', '--timeout=100s']);
}
