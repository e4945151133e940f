import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { eventsOf, policiesOf, policyPath, putDocument, SOON, seriesValue, specsOf, statusOf } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** What others do to our policies is undone. No hook is installed here, so that they can. */

const TEMPLATE = documentOf(`mode: enforce
unlisted: off
namespaces:
  - name: shop-*
    rules: [{ports: [80]}, {pods: {app: api}, ports: [8080]}]
`);
const PAIR = ['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block'];
const DRIFT = 'portcullis_policies_written_total{cause="drift"}';

let api: Api;
let portcullis: Portcullis;
let count = 0;

beforeAll(async () => {
  api = await startApi();
  portcullis = await startPortcullis(api, { role: 'controller', template: TEMPLATE });
});

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

/** A namespace whose three policies are in place, and these. */
async function closedNamespace(): Promise<{ name: string; specs: Record<string, unknown> }> {
  count += 1;
  const name = await api.namespace(`shop-${count}`);
  await expect.poll(() => labelledOpen(name), SOON).toBe(true);
  return { name, specs: await specsOf(api, name) };
}

/** The controller has seen that the pair is in place: what happens from now on is drift. */
async function labelledOpen(name: string): Promise<boolean> {
  const { metadata } = await api.request('GET', `/api/v1/namespaces/${name}`);
  return metadata?.labels?.['portcullis.dev/gate'] === 'open';
}

const selected = (specs: Record<string, unknown>) => Object.keys(specs).find((name) => !PAIR.includes(name)) ?? '';
const merge = (policy: string, body: object) => (namespace: string) => api.request('PATCH', policyPath(namespace, policy), body);
const remove = (policy: string) => (namespace: string) => api.request('DELETE', policyPath(namespace, policy));
const ANYTHING = 'NetworkPolicy portcullis-';

describe('is undone, counted and told:', () => {
  const table: Record<string, [what: string, drift: (namespace: string, specs: Record<string, unknown>) => Promise<unknown>]> = {
    'a block that is deleted': ['portcullis-block was deleted', remove('portcullis-block')],
    'an allow that is deleted': ['portcullis-allow was deleted', remove('portcullis-allow')],
    'a policy for a selector that is deleted': ['was deleted', (namespace, specs) => remove(selected(specs))(namespace)],
    'an egress rule that is added to the block': ['portcullis-block was changed', merge('portcullis-block', { spec: { egress: [{}] } })],
    'an ingress rule that is added to the block': ['portcullis-block was changed', merge('portcullis-block', { spec: { ingress: [{}] } })],
    'an egress rule that is added where we have one': [
      'portcullis-allow was changed',
      merge('portcullis-allow', { spec: { egress: [{}] } }),
    ],
    'a rule that is taken away': ['portcullis-allow-ingress was changed', merge('portcullis-allow-ingress', { spec: { ingress: [] } })],
    'a port that is changed': [
      'portcullis-allow-ingress was changed',
      (namespace) =>
        api.request('PATCH', policyPath(namespace, 'portcullis-allow-ingress'), [
          { op: 'replace', path: '/spec/ingress/0/ports/0/port', value: 81 },
        ]),
    ],
    'a policyType that is taken away': ['portcullis-block was changed', merge('portcullis-block', { spec: { policyTypes: ['Ingress'] } })],
    'a selector term that is added': [
      'portcullis-block was changed',
      merge('portcullis-block', { spec: { podSelector: { matchLabels: { app: 'none' } } } }),
    ],
    'a selector expression that is added': [
      'portcullis-block was changed',
      merge('portcullis-block', { spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } } }),
    ],
    'a rule that somebody applies by force, as owner of it': [
      'portcullis-block was changed',
      (namespace) =>
        api.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], {
          stdin: JSON.stringify({
            apiVersion: 'networking.k8s.io/v1',
            kind: 'NetworkPolicy',
            metadata: { name: 'portcullis-block', namespace },
            spec: { podSelector: {}, ingress: [{}], egress: [{}] },
          }),
        }),
    ],
    'a label of ours that is taken away': [
      'portcullis-block was changed',
      merge('portcullis-block', { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }),
    ],
  };

  it.each(Object.entries(table))('%s', async (_case, [what, drift]) => {
    const { name, specs } = await closedNamespace();
    const before = seriesValue(await portcullis.metrics(), DRIFT);
    const versions = await versionsOf(name);
    const begin = performance.now();
    await drift(name, specs);
    // Back means written again: the same spec under another version, not the state before the controller heard of it.
    await expect.poll(async () => (await versionsOf(name)) !== versions && (await specsOf(api, name)), SOON).toEqual(specs);
    process.stdout.write(`${_case}: back after ${Math.round(performance.now() - begin)} ms\n`);
    await expect.poll(() => labelledOpen(name), SOON).toBe(true);
    expect(seriesValue(await portcullis.metrics(), DRIFT)).toBeGreaterThan(before);
    await expect
      .poll(async () => (await eventsOf(api, name)).join('\n'), SOON)
      .toMatch(new RegExp(`^Namespace ${name} PolicyDrift: ${ANYTHING}.*`));
    expect((await eventsOf(api, name)).join('\n')).toContain(`${what} by somebody else; Portcullis puts it back`);
  });
});

async function versionsOf(namespace: string): Promise<string> {
  const { items = [] } = await api.request('GET', policyPath(namespace));
  return items.map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`).join();
}

describe('a policy that bears our label', () => {
  it('and is not wanted is removed; a foreign one and its neighbors stay', async () => {
    const { name, specs } = await closedNamespace();
    const labels = { 'app.kubernetes.io/managed-by': 'portcullis' };
    const spec = { podSelector: {}, ingress: [{}] };
    await api.request('POST', policyPath(name), { metadata: { name: 'tenant' }, spec });
    await api.request('POST', policyPath(name), { metadata: { name: 'portcullis-allow-0123456789', labels }, spec });
    await api.request('POST', policyPath(name), { metadata: { name: 'copied', labels }, spec });
    await expect.poll(() => policiesOf(api, name), SOON).toEqual([...Object.keys(specs), 'tenant'].sort());
  });

  it('is replaced where its selector changes in the template: the new object first, then the old one goes', async () => {
    const name = await api.namespace();
    const document = (app: string) => documentOf(`namespaces:\n  - {name: ${name}, rules: [{pods: {app: ${app}}, ports: [80]}]}\n`);
    await putDocument(api, 'selector', document('old'));
    await expect.poll(() => policiesOf(api, name), SOON).toHaveLength(3);
    const old = selected(await specsOf(api, name));
    await putDocument(api, 'selector', document('new'));
    await expect.poll(async () => selected(await specsOf(api, name)), SOON).not.toBe(old);
    await expect.poll(() => policiesOf(api, name), SOON).toHaveLength(3);
    const now = selected(await specsOf(api, name));
    const steps = portcullis.log.flatMap(({ message, fields }) =>
      fields.namespace === name && /^portcullis-allow-/.test(String(fields.policy)) ? [`${message}: ${fields.policy}`] : [],
    );
    expect(steps.slice(0, 3)).toEqual([`policy written: ${old}`, `policy written: ${now}`, `policy removed: ${old}`]);
  });
});

describe('a policy of our name that is somebody else’s', () => {
  it('is told of and kept unchanged, also after the namespace is switched off', async () => {
    const name = await api.namespace();
    const theirs = { metadata: { name: 'portcullis-block', labels: { team: 'blue' } }, spec: { podSelector: {}, ingress: [{}] } };
    const made = await api.request('POST', policyPath(name), theirs);
    const document = (mode: string) => documentOf(`namespaces:\n  - {name: ${name}, mode: ${mode}, rules: [{ports: [80]}]}\n`);
    await putDocument(api, 'theirs', document('enforce'));
    await expect
      .poll(() => eventsOf(api, name), SOON)
      .toEqual([
        `Namespace ${name} PolicyConflict: the policies of ${name} cannot be put in place: the name portcullis-block is taken by a NetworkPolicy that is not Portcullis' (delete or rename it)`,
      ]);
    await expect.poll(async () => (await statusOf(api))?.conflicts, SOON).toBe(`${name}: portcullis-block belongs to somebody else`);
    expect(await policiesOf(api, name)).toEqual(PAIR);
    expect(await labelledOpen(name)).toBe(false);
    await putDocument(api, 'theirs', document('off'));
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(['portcullis-block']);
    await expect.poll(async () => (await statusOf(api))?.conflicts, SOON).toBe('');
    expect((await api.request('GET', policyPath(name, 'portcullis-block'))).metadata?.resourceVersion).toBe(made.metadata?.resourceVersion);
  });

  it('makes way: once it is gone, ours comes', async () => {
    const name = 'shop-taken';
    await api.namespace(name);
    await expect.poll(() => labelledOpen(name), SOON).toBe(true);
    await api.request('DELETE', policyPath(name, 'portcullis-block'));
    const theirs = { metadata: { name: 'portcullis-block' }, spec: { podSelector: {}, ingress: [{}] } };
    // Either of the two comes first; the other then has it.
    const { status } = await api.call({ method: 'POST', path: policyPath(name), body: theirs });
    if (status < 400) await api.request('DELETE', policyPath(name, 'portcullis-block'));
    await expect.poll(() => labelledOpen(name), SOON).toBe(true);
    await expect.poll(() => policiesOf(api, name), SOON).toHaveLength(4);
  });
});
