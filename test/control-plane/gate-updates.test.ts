import { describe, expect, it } from 'vitest';
import { until } from '../cluster/wait.ts';
import { gatedCluster } from '../support/gated-cluster.ts';
import { documentOf } from '../support/parse-template.ts';
import { freshName, unseen } from '../support/tenant.ts';

/** An update is judged only for what it adds: what was there before Portcullis can still be worked with. */

const TEMPLATE = documentOf(`mode: enforce
unlisted: audit
namespaces:
  - name: shop-*
    rules: [{pods: {app: api}, ports: [8080]}]
`);

const cluster = gatedCluster({ template: TEMPLATE });

const fresh = () => cluster.api.namespace(freshName('shop'));
const labels = { app: 'api' };
const spec = (...ports: number[]) => ({
  containers: [{ name: 'api', image: 'api', ports: ports.map((containerPort) => ({ containerPort })) }],
});
const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const deploymentsOf = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;

const FINE = { status: 200, message: undefined, warnings: [] };

/** A pod or Deployment that offends, made before anybody looked. */
async function oldOffender(collection: string, body: object): Promise<void> {
  const { status, text } = await cluster.api.call(unseen({ method: 'POST', path: collection, body }));
  expect([status, text]).toEqual([201, expect.anything()]);
}

describe('a Deployment that already offends', () => {
  const made = async () => {
    const namespace = await fresh();
    const template = { metadata: { labels }, spec: spec(9090) };
    await oldOffender(deploymentsOf(namespace), { metadata: { name: 'api' }, spec: { selector: { matchLabels: labels }, template } });
    return { namespace, path: `${deploymentsOf(namespace)}/api` };
  };

  it('may be scaled and annotated with kubectl', async () => {
    const { namespace } = await made();
    const kubectl = (...args: string[]) => cluster.api.kubectl([...args, '-n', namespace], { user: 'alice' });
    expect(await kubectl('scale', 'deployment/api', '--replicas=3')).toEqual({
      code: 0,
      stdout: 'deployment.apps/api scaled\n',
      stderr: '',
    });
    expect(await kubectl('annotate', 'deployment/api', 'note=kept')).toEqual({
      code: 0,
      stdout: 'deployment.apps/api annotated\n',
      stderr: '',
    });
  });

  it('may get a new image', async () => {
    const { path } = await made();
    const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'api:2' }];
    expect(await cluster.tellAlice('PATCH', path, image)).toEqual(FINE);
  });

  it('may not get a further port: the answer names only that one', async () => {
    const { namespace, path } = await made();
    const further = [{ op: 'add', path: '/spec/template/spec/containers/0/ports/-', value: { containerPort: 9091 } }];
    expect(await cluster.tellAlice('PATCH', path, further)).toEqual({
      status: 403,
      message: [
        `admission webhook "validate.portcullis.dev" denied the request: Deployment ${namespace}/api declares a port that the template does not permit`,
        '  container api  9091/TCP  not in the template',
        'Permitted for these pods: 8080/TCP (template.yaml:7)',
        'To permit this, add under namespace shop-* (template.yaml:6):',
        '  rules:',
        '    - pods: {app: api}',
        '      ports: [9091/TCP]',
        'Mode enforce, by the default of template.yaml:3.',
        `Why: kubectl portcullis explain deployment/api -n ${namespace}`,
      ].join('\n'),
      warnings: [],
    });
  });

  it('may be deleted', async () => {
    const { path } = await made();
    expect((await cluster.asAlice('DELETE', path)).status).toBe(200);
  });
});

describe('a pod', () => {
  it('may not be relabelled so that its port is authorized no longer', async () => {
    const namespace = await fresh();
    const made = await cluster.asAlice('POST', podsOf(namespace), { metadata: { name: 'api', labels }, spec: spec(8080) });
    expect(made.status).toBe(201);
    expect(await cluster.tellAlice('PATCH', `${podsOf(namespace)}/api`, { metadata: { labels: { app: 'web' } } })).toEqual({
      status: 403,
      message: [
        `admission webhook "pods.validate.portcullis.dev" denied the request: Pod ${namespace}/api declares a port that the template does not permit`,
        '  container api  8080/TCP  not in the template',
        'Permitted for this pod: none',
        'To permit this, add under namespace shop-* (template.yaml:6):',
        '  rules:',
        '    - pods: {app: web}',
        '      ports: [8080/TCP]',
        'Mode enforce, by the default of template.yaml:3.',
        `Why: kubectl portcullis explain pod/api -n ${namespace}`,
      ].join('\n'),
      warnings: [],
    });
  });

  it('that already offends may get a neutral label', async () => {
    const namespace = await fresh();
    await oldOffender(podsOf(namespace), { metadata: { name: 'api', labels }, spec: spec(9090) });
    expect(await cluster.tellAlice('PATCH', `${podsOf(namespace)}/api`, { metadata: { labels: { team: 'a' } } })).toEqual(FINE);
  });

  it('that already offends may be deleted, and lose its finalizers and labels meanwhile', async () => {
    const namespace = await fresh();
    const path = `${podsOf(namespace)}/api`;
    const metadata = { name: 'api', labels, finalizers: ['example.com/wait'] };
    await oldOffender(podsOf(namespace), { metadata, spec: spec(8080, 9090) });
    expect((await cluster.asAlice('DELETE', `${path}?gracePeriodSeconds=0`)).status).toBe(200);
    // Both ports become unauthorized by this, and nobody cares any more.
    expect(await cluster.tellAlice('PATCH', path, { metadata: { labels: { app: null } } })).toEqual(FINE);
    expect(await cluster.tellAlice('PATCH', path, { metadata: { finalizers: null } })).toEqual(FINE);
    await until('the pod to be gone', async () => (await cluster.asAlice('GET', path)).status === 404, { deadline: 30_000 });
  });

  it('may be debugged: ephemeral containers pass, with kubectl and by the subresource', async () => {
    const namespace = await fresh();
    await oldOffender(podsOf(namespace), { metadata: { name: 'api', labels }, spec: spec(9090) });
    const debug = ['debug', 'pod/api', '-n', namespace, '--image=busybox', '--container=by-kubectl', '--profile=general'];
    expect(await cluster.api.kubectl(debug, { user: 'alice' })).toEqual({ code: 0, stdout: '', stderr: '' });
    const further = [{ op: 'add', path: '/spec/ephemeralContainers/-', value: { name: 'by-hand', image: 'busybox' } }];
    expect(await cluster.tellAlice('PATCH', `${podsOf(namespace)}/api/ephemeralcontainers`, further)).toEqual(FINE);
    const { spec: after } = (await cluster.api.request('GET', `${podsOf(namespace)}/api`)) as {
      spec?: { ephemeralContainers?: { name: string }[] };
    };
    expect(after?.ephemeralContainers?.map(({ name }) => name)).toEqual(['by-kubectl', 'by-hand']);
  });
});
