import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { configMapPath, podObject, policiesOf, SOON, statusOf } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis, templateConfigMap } from '../support/portcullis.ts';

/** A cluster in which no template was ever accepted: nobody knows what is permitted. */

let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi();
  await api.namespace('shop');
  portcullis = await startPortcullis(api);
});

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

const ready = async () => (await fetch(new URL('/readyz', portcullis.metricsUrl))).status;

async function tryPod(ports: readonly number[]) {
  const path = '/api/v1/namespaces/shop/pods?dryRun=All';
  const { status, body } = await api.call({ method: 'POST', path, body: podObject('try', ports) });
  return [status, body.message ?? 'admitted'];
}

/** Without a template only failurePolicy Fail refuses for certain; the gate answers all the same, and never with yes. */
describe('without a template', () => {
  it('the program is not ready, and lives', async () => {
    expect(await ready()).toBe(503);
    expect((await fetch(new URL('/healthz', portcullis.metricsUrl))).status).toBe(200);
  });

  it.each([
    ['that declares a port', [80]],
    ['that declares none', []],
  ])('a pod %s is refused', async (_, ports) => {
    expect(await tryPod(ports)).toEqual([500, expect.stringContaining('Portcullis has no template yet')]);
  });

  it('no policy is written, and the status says why', async () => {
    await expect.poll(async () => (await statusOf(api))?.template, SOON).toBe('none: no template was ever accepted');
    expect(await policiesOf(api, 'shop')).toEqual([]);
  });

  it('a bad one is refused by the hook, and changes nothing', async () => {
    const { status, body } = await api.call({ method: 'POST', path: configMapPath(), body: templateConfigMap('oops: 1') });
    expect([status, body.message]).toEqual([403, expect.stringContaining('no template is in force yet')]);
    expect(await ready()).toBe(503);
  });

  it('the first good one is enough: ready, gate and policies follow without a restart', async () => {
    const text = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop, rules: [{ports: [80]}]}\n');
    await api.request('POST', configMapPath(), templateConfigMap(text));
    await expect.poll(ready, SOON).toBe(200);
    await expect.poll(() => policiesOf(api, 'shop'), SOON).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
    await expect.poll(() => tryPod([80]), SOON).toEqual([201, 'admitted']);
    expect(await tryPod([81])).toEqual([403, expect.stringContaining('81/TCP')]);
  });
});
