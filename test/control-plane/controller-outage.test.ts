import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { gatesOf, podObject, policiesOf, policyPath } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** The API server or etcd dies under the running program, which must go on by itself. */

const PAIR = ['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block'];
const LATER = { timeout: 50_000, interval: 50 };

let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi();
  const template = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop-*, rules: [{ports: [80]}]}\n');
  portcullis = await startPortcullis(api, { template });
});

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

const ready = async () => (await fetch(new URL('/readyz', portcullis.metricsUrl))).status;

/** All that the controller does, in a namespace that is new. */
async function everythingWorks(name: string): Promise<void> {
  await api.namespace(name);
  await expect.poll(() => policiesOf(api, name), LATER).toEqual(PAIR);
  await api.request('POST', `/api/v1/namespaces/${name}/pods`, podObject('web', [80]));
  await expect.poll(() => gatesOf(api, name, 'web'), LATER).toEqual([]);
  const bad = await api.call({ method: 'POST', path: `/api/v1/namespaces/${name}/pods`, body: podObject('bad', [81]) });
  expect(bad.status).toBe(403);
  await api.call({ method: 'DELETE', path: policyPath(name, 'portcullis-block'), user: 'portcullis-controller' });
  await expect.poll(() => policiesOf(api, name), LATER).toEqual(PAIR);
}

describe('the program goes on', () => {
  it('at first', () => everythingWorks('shop-1'));

  it('when the API server is killed and comes back', async () => {
    await api.restart();
    await everythingWorks('shop-2');
  });

  it('when namespaces came while it could hear nothing', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `shop-3-${index}`);
    await api.restart();
    await Promise.all(names.map((name) => api.request('POST', '/api/v1/namespaces', { metadata: { name } })));
    for (const name of names) await expect.poll(() => policiesOf(api, name), LATER).toEqual(PAIR);
  });

  it('when etcd is killed and comes back, and stays ready meanwhile', async () => {
    await api.killEtcd();
    expect(await ready()).toBe(200);
    await api.startEtcd();
    await everythingWorks('shop-4');
  });

  it('when both are killed', async () => {
    await api.stopServer();
    await api.killEtcd();
    expect(await ready()).toBe(200);
    await api.startEtcd();
    await api.startServer();
    await everythingWorks('shop-5');
    expect(await policiesOf(api, 'shop-1')).toEqual(PAIR);
  });
});
