import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { podObject, policiesOf, policyPath, putDocument, SOON, specsOf } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** The pairs of namespaces, from their creation to their end, on a real API server. Nothing is gated here: see controller-gates. */

const TEMPLATE = documentOf(`mode: enforce
unlisted: off
namespaces:
  - name: closed-*
    rules:
      - {name: site, ports: [80]}
      - {name: api, pods: {app: api}, ports: [8080, 9000-9100/UDP], from: [{namespace: web, pods: {app: front}}, {cidr: 10.0.0.0/8}]}
  - {name: many-*, rules: [{ports: [80]}]}
  - {name: early-*, rules: [{ports: [80]}]}
  - {name: web}
`);

const PAIR = ['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block'];
const CLOSED = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
const pods = (namespace: string, matchLabels: Readonly<Record<string, string>>) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels },
});
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: 'TCP', port }));
const API_PORTS = [...tcp(8080), { protocol: 'UDP', port: 9000, endPort: 9100 }];

let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi();
  await api.namespace('early-1');
  await api.namespace('early-2');
  await api.request('POST', policyPath('early-2'), { metadata: { name: 'tenant' }, spec: { podSelector: {} } });
  portcullis = await startPortcullis(api, { role: 'controller', template: TEMPLATE });
});

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

describe('a namespace', () => {
  it('that is created gets block and allow, and a policy for each selector, with exactly these specs', async () => {
    await api.namespace('closed-1');
    await expect.poll(() => policiesOf(api, 'closed-1'), SOON).toHaveLength(4);
    const specs = await specsOf(api, 'closed-1');
    const [selected = ''] = Object.keys(specs).filter((name) => !PAIR.includes(name));
    expect(selected).toMatch(/^portcullis-allow-[0-9a-f]{10}$/);
    expect(specs).toEqual({
      'portcullis-block': CLOSED,
      'portcullis-allow-ingress': { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: tcp(80) }] },
      'portcullis-allow': {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          { to: [pods('kube-system', { 'k8s-app': 'kube-dns' })], ports: [...tcp(53), { protocol: 'UDP', port: 53 }] },
          { to: [{ podSelector: {} }], ports: [...tcp(80), ...API_PORTS] },
        ],
      },
      [selected]: {
        podSelector: { matchLabels: { app: 'api' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }, pods('web', { app: 'front' })], ports: API_PORTS }],
      },
    });
  });

  it('that was there before the program gets its pair, and keeps what tenants made', async () => {
    await expect.poll(() => policiesOf(api, 'early-1'), SOON).toEqual(PAIR);
    await expect.poll(() => policiesOf(api, 'early-2'), SOON).toEqual([...PAIR, 'tenant']);
  });

  it('of a hundred that come at once is not forgotten', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `many-${index}`);
    const begin = performance.now();
    await Promise.all(names.map((name) => api.request('POST', '/api/v1/namespaces', { metadata: { name } })));
    for (const name of names) await expect.poll(() => policiesOf(api, name), SOON).toEqual(PAIR);
    process.stdout.write(`100 namespaces had their pairs after ${Math.round(performance.now() - begin)} ms\n`);
  });

  it('that no document lists is left as it is', async () => {
    const [unlisted, listed] = [await api.namespace(), await api.namespace('closed-after')];
    await api.request('POST', policyPath(unlisted), { metadata: { name: 'tenant' }, spec: { podSelector: {} } });
    await expect.poll(() => policiesOf(api, listed), SOON).toHaveLength(4);
    expect(await policiesOf(api, unlisted)).toEqual(['tenant']);
  });

  it('with pods keeps what it has while the pair comes', async () => {
    const name = await api.namespace();
    await api.request('POST', `/api/v1/namespaces/${name}/pods`, podObject('old', [80]));
    await putDocument(api, 'late', documentOf(`namespaces:\n  - {name: ${name}, rules: [{ports: [80]}]}\n`));
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(PAIR);
  });

  it.each([
    ['goes to audit', 'mode: audit'],
    ['goes off', 'mode: off'],
  ])('that %s loses its policies, block first, and the tenant’s stay', async (_, mode) => {
    const name = await api.namespace();
    const document = (line: string) => documentOf(`namespaces:\n  - name: ${name}\n    ${line}\n    rules: [{ports: [80]}]\n`);
    await putDocument(api, name, document('mode: enforce'));
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(PAIR);
    await api.request('POST', policyPath(name), { metadata: { name: 'tenant' }, spec: { podSelector: {} } });
    await putDocument(api, name, document(mode));
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(['tenant']);
    const removals = portcullis.log.filter(({ message, fields }) => message === 'policy removed' && fields.namespace === name);
    // A pass that begins before the watch has told may find the last one once more; removing it again is quiet success.
    expect([...new Set(removals.map(({ fields }) => fields.policy))]).toEqual([
      'portcullis-block',
      'portcullis-allow',
      'portcullis-allow-ingress',
    ]);
  });

  it('that the template names no longer loses its policies', async () => {
    const name = await api.namespace();
    await putDocument(api, 'short', documentOf(`namespaces:\n  - {name: ${name}}\n  - {name: other}\n`));
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(['portcullis-allow', 'portcullis-block']);
    await putDocument(api, 'short', documentOf('namespaces:\n  - {name: other}\n'));
    await expect.poll(() => policiesOf(api, name), SOON).toEqual([]);
  });
});

describe('a namespace that ends', () => {
  it('is left alone: nothing is written, and nothing fails again and again', async () => {
    const name = await api.namespace('closed-end');
    await expect.poll(() => policiesOf(api, name), SOON).toHaveLength(4);
    await api.request('DELETE', `/api/v1/namespaces/${name}`);
    await api.request('DELETE', policyPath(name, 'portcullis-allow'));
    await putDocument(api, 'news', documentOf('namespaces:\n  - {name: closed-end, rules: [{ports: [81]}]}\n'));
    const after = await api.namespace('closed-after-end');
    await expect.poll(() => policiesOf(api, after), SOON).toHaveLength(4);
    expect(await policiesOf(api, name)).not.toContain('portcullis-allow');
    expect(portcullis.log.filter(({ message, fields }) => /could not/.test(message) && fields.namespace === name)).toEqual([]);
  });

  it('and comes again under the same name gets its pair again', async () => {
    const name = 'early-1';
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(PAIR);
    for (const policy of PAIR) await api.call({ method: 'DELETE', path: policyPath(name, policy) });
    await api.finalize(name);
    await api.request('POST', '/api/v1/namespaces', { metadata: { name } });
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(PAIR);
  });
});
