import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import {
  configMapPath,
  eventsOf,
  labelsOf,
  podObject,
  policiesOf,
  policyPath,
  putDocument,
  SOON,
  seriesValue,
  specsOf,
  statusOf,
} from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** Edits of the template on a real API server: gate, policies, status, metric and Event follow, and the last good one holds. */

const REFUSED = 'portcullis_template_documents_refused';
const PORT_80 =
  'mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop, rules: [{ports: [80]}]}\n  - {name: web, rules: [{ports: [80]}]}\n';
const PORT_81 = PORT_80.replace('shop, rules: [{ports: [80]}]', 'shop, rules: [{ports: [80, 81]}]');

let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi();
  for (const name of ['shop', 'web', 'team']) await api.namespace(name);
  portcullis = await startPortcullis(api, { template: documentOf(PORT_80) });
});

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

/** What the API server says to a pod of shop with this port; nothing is made. */
async function tryPod(port: number, namespace = 'shop') {
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
  const { status, body } = await api.call({ method: 'POST', path, body: podObject('try', [port]) });
  return status < 400 ? 'admitted' : (body.message ?? String(status));
}

const setTemplate = (text: string) =>
  api.call({ method: 'PATCH', path: configMapPath('portcullis-template'), body: { data: { 'template.yaml': text } } });

/** As happens while the gate is down: the hook is taken away for a moment. */
async function unseen<T>(work: () => Promise<T>): Promise<T> {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis';
  const { webhooks } = await api.request('GET', path);
  await api.request('PATCH', path, { webhooks: [] });
  await expect.poll(() => canBreak(), SOON).toBe(true);
  try {
    return await work();
  } finally {
    await api.request('PATCH', path, { webhooks });
  }
}

async function canBreak(): Promise<boolean> {
  const path = `${configMapPath('portcullis-template')}?dryRun=All`;
  const { status } = await api.call({ method: 'PATCH', path, body: { data: { 'template.yaml': 'broken' } } });
  return status < 400;
}

async function versionsOf(namespace: string): Promise<(string | undefined)[]> {
  const { items = [] } = await api.request('GET', policyPath(namespace));
  return items.map(({ metadata }) => metadata?.resourceVersion);
}

const inPlace = async (namespace: string) => (await labelsOf(api, namespace))['portcullis.dev/gate'] === 'open';
const refusedNow = async () => seriesValue(await portcullis.metrics(), REFUSED);

describe('a good edit', () => {
  it('changes decision and policies without a restart, and writes to no namespace that it does not change', async () => {
    for (const name of ['shop', 'web']) await expect.poll(() => inPlace(name), SOON).toBe(true);
    await expect.poll(() => tryPod(81), SOON).toContain('81/TCP');
    const [shop, web] = [await versionsOf('shop'), await versionsOf('web')];
    const webItself = (await api.request('GET', '/api/v1/namespaces/web')).metadata?.resourceVersion;
    expect((await setTemplate(documentOf(PORT_81))).status).toBe(200);
    await expect.poll(() => tryPod(81), SOON).toBe('admitted');
    await expect.poll(async () => JSON.stringify((await specsOf(api, 'shop'))['portcullis-allow']), SOON).toContain('"port":81');
    await expect.poll(() => inPlace('shop'), SOON).toBe(true);
    expect(await versionsOf('shop')).not.toEqual(shop);
    expect(await versionsOf('web')).toEqual(web);
    expect((await api.request('GET', '/api/v1/namespaces/web')).metadata?.resourceVersion).toBe(webItself);
  });

  it('is kept for the next start, and shown', async () => {
    await expect
      .poll(async () => JSON.stringify((await api.request('GET', configMapPath('portcullis-template-accepted'))).data), SOON)
      .toContain('[80, 81]');
    const hash = (await statusOf(api))?.template;
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
    expect(seriesValue(await portcullis.metrics(), `portcullis_template_info{hash="${hash}"}`)).toBe(1);
  });
});

describe('a bad edit', () => {
  it('is refused by the hook with every error', async () => {
    const { status, body } = await setTemplate(documentOf('mode: enforced\nnamespaces:\n  - {name: Shop}\n'));
    expect(status).toBe(403);
    expect(body.message).toMatch(/the template has 2 errors; the last good one \([0-9a-f]{12}\) stays in force/);
    expect(body.message).toContain('template.yaml:3:7  mode: ');
  });

  it('that the hook did not see leaves the last good one in force, and status, metric and Event say so', async () => {
    const before = (await statusOf(api))?.template;
    await unseen(() => setTemplate(documentOf('mode: enforced\n')));
    await expect.poll(refusedNow, SOON).toBe(1);
    await expect
      .poll(() => statusOf(api), SOON)
      .toMatchObject({
        template: before,
        refused: expect.stringMatching(/^ConfigMap portcullis-template:\n {2}template\.yaml:3:7 {2}mode: /),
        conflicts: '',
      });
    await expect
      .poll(async () => (await eventsOf(api, OWN_NAMESPACE)).join('\n'), SOON)
      .toMatch(/ConfigMap portcullis-template TemplateRefused: /);
    expect(await tryPod(81)).toBe('admitted');
    expect(await tryPod(82)).toContain('82/TCP');
    expect(await policiesOf(api, 'shop')).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
  });

  it('outlives a restart of the program: it starts from what was accepted', async () => {
    const before = await specsOf(api, 'shop');
    const versions = await versionsOf('shop');
    await portcullis.stop();
    portcullis = await startPortcullis(api);
    expect((await fetch(new URL('/readyz', portcullis.metricsUrl))).status).toBe(200);
    expect(await tryPod(81)).toBe('admitted');
    expect(await tryPod(82)).toContain('82/TCP');
    expect(await refusedNow()).toBe(1);
    expect([await specsOf(api, 'shop'), await versionsOf('shop')]).toEqual([before, versions]);
  });

  it('is forgotten after a good one', async () => {
    expect((await setTemplate(documentOf(PORT_80))).status).toBe(200);
    await expect.poll(refusedNow, SOON).toBe(0);
    await expect.poll(async () => (await statusOf(api))?.refused, SOON).toBe('');
    await expect.poll(() => tryPod(81), SOON).toContain('81/TCP');
  });
});

describe('a further ConfigMap with the label', () => {
  const TEAM = documentOf('namespaces:\n  - {name: team, rules: [{ports: [90]}]}\n');

  it('is merged into the template', async () => {
    await putDocument(api, 'team', TEAM);
    await expect.poll(() => policiesOf(api, 'team'), SOON).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
    await expect.poll(() => tryPod(91, 'team'), SOON).toContain('91/TCP');
  });

  it('is refused by the hook where it contradicts another, and both places are named', async () => {
    await setTemplate(documentOf(PORT_80.replace('shop,', 'shop, mode: enforce,')));
    await expect
      .poll(() => putDocument(api, 'clash', documentOf('namespaces:\n  - {name: shop, mode: off}\n')).catch(String), SOON)
      .toMatch(/clash\/template\.yaml:4:\d+ .*template\.yaml:6/s);
  });

  it('that contradicts another freezes itself alone', async () => {
    await unseen(() => putDocument(api, 'team', documentOf('namespaces:\n  - {name: shop, mode: off}\n  - {name: team}\n')));
    await expect.poll(async () => (await statusOf(api))?.refused, SOON).toMatch(/^ConfigMap team:\n/);
    expect((await setTemplate(documentOf(PORT_81.replace('shop,', 'shop, mode: enforce,')))).status).toBe(200);
    await expect.poll(() => tryPod(81), SOON).toBe('admitted');
    expect(await tryPod(90, 'team')).toBe('admitted');
    expect(await policiesOf(api, 'team')).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
  });

  it('that is deleted takes its namespaces along; the last document cannot be deleted', async () => {
    await api.request('DELETE', configMapPath('team'));
    await expect.poll(() => policiesOf(api, 'team'), SOON).toEqual([]);
    const { status, body } = await api.call({ method: 'DELETE', path: configMapPath('portcullis-template') });
    expect([status, body.message]).toEqual([403, expect.stringContaining('is the last document of the template')]);
  });
});
