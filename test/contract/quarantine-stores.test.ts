import { afterAll, beforeAll } from 'vitest';
import { kubeQuarantineLabel } from '../../src/adapters/kube/quarantine.ts';
import { configMapReleaseStore } from '../../src/adapters/kube/releases.ts';
import { connect, type KubeTransport } from '../../src/adapters/kube/transport.ts';
import { asRecord, textFields } from '../../src/core/unknown.ts';
import { type FakeApi, startFakeApi } from '../support/fake-api.ts';
import { serveObjects } from '../support/fake-objects.ts';
import { quarantineStoresContract } from './quarantine-stores.ts';

let api: FakeApi;
let transport: KubeTransport;

beforeAll(async () => {
  api = await startFakeApi();
  transport = await connect(api.access, { version: 'test' });
});

afterAll(async () => {
  transport?.close();
  await api?.[Symbol.asyncDispose]();
});

quarantineStoresContract('at an API server of our own', async () => {
  const objects = serveObjects(api);
  const pathOf = ({ namespace, name }: { namespace: string; name: string }) => `/api/v1/namespaces/${namespace}/pods/${name}`;
  return {
    label: kubeQuarantineLabel(transport),
    releases: configMapReleaseStore(transport, { namespace: 'portcullis-system' }),
    pod: async (name) => {
      const place = { namespace: 'shop', name };
      return { ...place, uid: objects.put(pathOf(place), { metadata: { ...place, labels: { app: 'api' } } }) };
    },
    remove: async (pod) => objects.remove(pathOf(pod)),
    labelsOf: async (pod) => textFields(asRecord(objects.get(pathOf(pod))?.metadata).labels),
  };
});
