import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { gatesOf, labelsOf, podObject, policiesOf, policyPath, putDocument, SCHEDULING_GATE, SOON } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** `--policies external`: somebody else applies the pairs. The controller observes them and writes none. */

let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi();
  const template = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop, rules: [{ports: [80]}]}\n');
  portcullis = await startPortcullis(api, { policies: 'external', template });
  await api.namespace('shop');
});

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

const isOpen = async () => (await labelsOf(api, 'shop'))['portcullis.dev/gate'] === 'open';
const path = (name: string) => policyPath('shop', name);
const apply = (policy: object) => api.request('POST', policyPath('shop'), policy);
const written = () =>
  api.auditEvents().filter(({ verb, objectRef }) => objectRef?.resource === 'networkpolicies' && !['list', 'watch'].includes(verb));

const labels = { 'app.kubernetes.io/managed-by': 'portcullis' };
const BLOCK = { metadata: { name: 'portcullis-block', labels }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } };
const ALLOW = {
  metadata: { name: 'portcullis-allow', labels },
  spec: {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: [
          { protocol: 'TCP', port: 53 },
          { protocol: 'UDP', port: 53 },
        ],
      },
      { to: [{ podSelector: {} }], ports: [{ protocol: 'TCP', port: 80 }] },
    ],
  },
};

const INGRESS = {
  metadata: { name: 'portcullis-allow-ingress', labels },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ protocol: 'TCP', port: 80 }] }] },
};

describe('policies that somebody else applies', () => {
  it('are waited for by pods, and observed when they are there', async () => {
    await api.request('POST', '/api/v1/namespaces/shop/pods', podObject('web', [80]));
    expect(await gatesOf(api, 'shop', 'web')).toEqual([SCHEDULING_GATE]);
    await apply(BLOCK);
    await apply(ALLOW);
    await apply(INGRESS);
    await expect.poll(isOpen, SOON).toBe(true);
    await expect.poll(() => gatesOf(api, 'shop', 'web'), SOON).toEqual([]);
  });

  it('are not protected, not put back, and missed: new pods wait again', async () => {
    await api.request('DELETE', path('portcullis-block'));
    await expect.poll(isOpen, SOON).toBe(false);
    await api.request('POST', '/api/v1/namespaces/shop/pods', podObject('late', [80]));
    expect(await gatesOf(api, 'shop', 'late')).toEqual([SCHEDULING_GATE]);
    expect(await policiesOf(api, 'shop')).toEqual(['portcullis-allow', 'portcullis-allow-ingress']);
    await apply(BLOCK);
    await expect.poll(() => gatesOf(api, 'shop', 'late'), SOON).toEqual([]);
  });

  it('stay where the namespace goes off, and none was ever written', async () => {
    await putDocument(api, 'off', documentOf('namespaces:\n  - {name: other}\n'));
    const text = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop, mode: off}\n');
    await api.request('PATCH', '/api/v1/namespaces/portcullis-system/configmaps/portcullis-template', { data: { 'template.yaml': text } });
    await api.namespace('other');
    const gateOfOther = async () => (await labelsOf(api, 'other'))['portcullis.dev/gate'];
    await expect.poll(gateOfOther, SOON).toBeUndefined();
    await expect
      .poll(async () => {
        const { status } = await api.call({
          method: 'POST',
          path: '/api/v1/namespaces/shop/pods?dryRun=All',
          body: podObject('any', [1]),
        });
        return status;
      }, SOON)
      .toBe(201);
    expect(await policiesOf(api, 'shop')).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
    expect(written()).toEqual([]);
  });
});
