import { afterAll, beforeAll } from 'vitest';
import { kubeQuarantineLabel } from '../../src/adapters/kube/quarantine.ts';
import { configMapReleaseStore } from '../../src/adapters/kube/releases.ts';
import { connect, type KubeTransport } from '../../src/adapters/kube/transport.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { quarantineStoresContract } from '../contract/quarantine-stores.ts';
import { podObject } from '../support/on-server.ts';

/** The same contract on a real API server. */

let api: Api;
let transport: KubeTransport;

beforeAll(async () => {
  api = await startApi();
  transport = await connect({ kind: 'kubeconfig', files: [api.kubeconfig()] }, { version: 'test' });
});

afterAll(async () => {
  transport?.close();
  await api?.stop();
});

quarantineStoresContract('at a real API server', async () => {
  const namespace = await api.namespace();
  const path = `/api/v1/namespaces/${namespace}/pods`;
  return {
    label: kubeQuarantineLabel(transport),
    releases: configMapReleaseStore(transport, { namespace }),
    pod: async (name) => {
      const { metadata } = await api.request('POST', path, { ...podObject(name), metadata: { name, labels: { app: 'api' } } });
      return { namespace, name, uid: metadata?.uid ?? '' };
    },
    remove: async ({ name }) => void (await api.request('DELETE', `${path}/${name}?gracePeriodSeconds=0`)),
    labelsOf: async ({ name }) => (await api.request('GET', `${path}/${name}`)).metadata?.labels ?? {},
  };
});
