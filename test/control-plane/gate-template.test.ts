import { describe, expect, it } from 'vitest';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { gatedCluster } from '../support/gated-cluster.ts';
import { templateConfigMap } from '../support/portcullis.ts';
import { freshName, unseen } from '../support/tenant.ts';

/** The template is edited while the gate runs: good edits hold at once, bad ones never do. */

const GENERAL = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: audit
`;

const cluster = gatedCluster({ template: GENERAL });

const configMaps = `/api/v1/namespaces/${OWN_NAMESPACE}/configmaps`;
/** A further document of the template, about one namespace. */
const documentOf = (namespace: string, rules: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: namespace, namespace: OWN_NAMESPACE, labels: { 'portcullis.dev/template': 'true' } },
  data: {
    'shop.yaml': `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
namespaces:
  - name: ${namespace}
    rules: ${rules}
`,
  },
});
const apply = (object: object) => cluster.api.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(object) });
const remove = (name: string) => cluster.api.kubectl(['delete', 'configmap', name, '-n', OWN_NAMESPACE]);

/** Whether a pod with this port would be admitted now. */
async function isAdmitted(namespace: string, containerPort: number): Promise<boolean> {
  const body = { metadata: { name: 'try' }, spec: { containers: [{ name: 'api', image: 'api', ports: [{ containerPort }] }] } };
  return (await cluster.api.call({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods?dryRun=All`, body })).status === 201;
}

const admits = (namespace: string, port: number, wanted: boolean) =>
  until(`${port} to be ${wanted ? 'admitted' : 'refused'}`, async () => (await isAdmitted(namespace, port)) === wanted, {
    deadline: 30_000,
  });

/** A pod that runs: no kubelet says so here. */
async function runningPod(namespace: string, name: string, containerPort: number): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const spec = { containers: [{ name: 'api', image: 'api', ports: [{ containerPort }] }] };
  await cluster.api.request('POST', path, { metadata: { name }, spec });
  const state = {
    name: 'api',
    image: 'api',
    imageID: '',
    ready: true,
    restartCount: 0,
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  };
  await cluster.api.request('PATCH', `${path}/${name}/status`, { status: { phase: 'Running', containerStatuses: [state] } });
}

describe('a good edit', () => {
  it('changes the decision without a restart, and back', async () => {
    const namespace = await cluster.api.namespace(freshName('shop'));
    expect(await apply(documentOf(namespace, '[{ports: [8080]}]'))).toMatchObject({ code: 0, stdout: `configmap/${namespace} created\n` });
    await admits(namespace, 9090, false);
    expect(await apply(documentOf(namespace, '[{ports: [8080, 9090]}]'))).toEqual({
      code: 0,
      stdout: `configmap/${namespace} configured\n`,
      stderr: `Warning: portcullis: opens 9090/TCP from anywhere to every pod of ${namespace}\n`,
    });
    await admits(namespace, 9090, true);
    expect(await apply(documentOf(namespace, '[{ports: [8080]}]'))).toEqual({
      code: 0,
      stdout: `configmap/${namespace} configured\n`,
      stderr: `Warning: portcullis: closes 9090/TCP from anywhere to every pod of ${namespace}\n`,
    });
    await admits(namespace, 9090, false);
    expect((await remove(namespace)).code).toBe(0);
  });

  it('is answered with what it means for pods that run', async () => {
    const namespace = await cluster.api.namespace(freshName('shop'));
    await apply(documentOf(namespace, '[{ports: [8080, 9090]}]'));
    await admits(namespace, 9090, true);
    await runningPod(namespace, 'a', 9090);
    await runningPod(namespace, 'b', 9090);
    const edit = documentOf(namespace, '[{ports: [8080]}]');
    const expected = [
      `Warning: portcullis: 9090/TCP in ${namespace} becomes unauthorized for 2 running pods (a, b)\n`,
      `Warning: portcullis: closes 9090/TCP from anywhere to every pod of ${namespace}\n`,
    ].join('');
    const dryRun = () => cluster.api.kubectl(['apply', '--dry-run=server', '-f', '-'], { stdin: JSON.stringify(edit) });
    await until('the gate to know both pods', async () => (await dryRun()).stderr === expected, { deadline: 30_000 });
    expect(await isAdmitted(namespace, 9090)).toBe(true);
    expect(await apply(edit)).toEqual({ code: 0, stdout: `configmap/${namespace} configured\n`, stderr: expected });
    await admits(namespace, 9090, false);
    expect((await remove(namespace)).code).toBe(0);
  });

  it('that lists a namespace for the first time tells that it is enforced from now on', async () => {
    const namespace = await cluster.api.namespace(freshName('shop'));
    await runningPod(namespace, 'a', 9090);
    const edit = documentOf(namespace, '[{ports: [8080]}]');
    const dryRun = () => cluster.api.kubectl(['apply', '--dry-run=server', '-f', '-'], { stdin: JSON.stringify(edit) });
    const expected = [
      `Warning: portcullis: namespace ${namespace} changes from audit to enforce (the default of template.yaml:3)\n`,
      `Warning: portcullis: closes the egress of ${namespace}: no rule lets 1 running pod (a) out, except to DNS and the own namespace\n`,
      `Warning: portcullis: opens 8080/TCP from anywhere to every pod of ${namespace}\n`,
    ].join('');
    await until('the gate to know the pod', async () => (await dryRun()).stderr !== '' && (await dryRun()).stderr.includes('(a)'), {
      deadline: 30_000,
    });
    expect((await dryRun()).stderr).toBe(expected);
  });
});

/** The lines of a refusal; kubectl prints the whole patch before it. */
function refusalIn({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): string[] {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const start = 'admission webhook "template.validate.portcullis.dev" denied the request: ';
  const [, text = ''] = stderr.split(start);
  return text.replace(/\([0-9a-f]{12}\)/, '(HASH)').split('\n');
}

describe('a bad edit', () => {
  const bad = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforced
namespaces:
  - name: shop
    rules:
      - ports: [80808/TCP, 9100-9000/UDP]
        form: [{cidr: 10.0.0.0/33}]
`;

  it('is refused with every error and its place', async () => {
    const before = await cluster.api.request('GET', `${configMaps}/portcullis-template`);
    expect(refusalIn(await apply(templateConfigMap(bad)))).toEqual([
      'the template has 4 errors; the last good one (HASH) stays in force',
      '  template.yaml:3:7  mode: "enforced" is no mode; did you mean enforce?',
      '  template.yaml:7:17  namespaces[0].rules[0].ports[0]: 80808 is no port; ports go from 1 to 65535',
      '  template.yaml:7:28  namespaces[0].rules[0].ports[1]: "9100-9000/UDP" runs backward; write 9000-9100/UDP',
      '  template.yaml:8:9  namespaces[0].rules[0].form: unknown key; did you mean from?',
      '',
    ]);
    expect(await cluster.api.request('GET', `${configMaps}/portcullis-template`)).toEqual(before);
  });

  it('that contradicts another document is refused with both places', async () => {
    const namespace = await cluster.api.namespace(freshName('shop'));
    await apply(documentOf(namespace, '[]'));
    const other = documentOf(namespace, '[]');
    const data = { 'more.yaml': `${GENERAL.replace('enforce', 'audit')}` };
    const result = await apply({ ...other, metadata: { ...other.metadata, name: `${namespace}-2` }, data });
    expect(refusalIn(result)).toEqual([
      'the template has an error; the last good one (HASH) stays in force',
      `  ${namespace}-2/more.yaml:3:7  mode: is audit here and enforce at template.yaml:3; say it in one document only`,
      '',
    ]);
    expect((await remove(namespace)).code).toBe(0);
  });

  it('that came past the gate opens nothing and closes nothing', async () => {
    const namespace = await cluster.api.namespace(freshName('shop'));
    await apply(documentOf(namespace, '[{ports: [8080]}]'));
    await admits(namespace, 8080, true);
    await admits(namespace, 9090, false);
    const body = { data: { 'shop.yaml': `namespaces: [{name: "${namespace}", rules: [{ports: [9090]}]}]` } };
    expect((await cluster.api.call(unseen({ method: 'PATCH', path: `${configMaps}/${namespace}`, body }))).status).toBe(200);
    const refusals = () =>
      cluster.portcullis.log.filter(({ message, fields }) => message.startsWith('template refused') && fields.source === namespace);
    await until('the log to say so', async () => refusals().length === 1, { deadline: 30_000 });
    expect([await isAdmitted(namespace, 8080), await isAdmitted(namespace, 9090)]).toEqual([true, false]);
    expect((await remove(namespace)).code).toBe(0);
  });
});

describe('the last document of the template', () => {
  const tryRemove = () => cluster.api.kubectl(['delete', 'configmap', 'portcullis-template', '-n', OWN_NAMESPACE, '--dry-run=server']);

  it('cannot be deleted', async () => {
    // The gate may hear of the deletions before this test a little later than their tests.
    await until('the gate to know of no other document', async () => (await tryRemove()).code === 1, { deadline: 30_000 });
    expect(await remove('portcullis-template')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Error from server (Forbidden): admission webhook "template.validate.portcullis.dev" denied the request: ConfigMap portcullis-system/portcullis-template is the last document of the template: without it nothing would say what is permitted. Edit it, or remove Portcullis first\n',
    });
  });

  it('can be deleted once another one is there', async () => {
    const namespace = await cluster.api.namespace(freshName('shop'));
    await apply(documentOf(namespace, '[]'));
    await until('the template to list the namespace', async () => !(await isAdmitted(namespace, 8080)), { deadline: 30_000 });
    expect(await tryRemove()).toMatchObject({ code: 0, stderr: '' });
    expect((await remove(namespace)).code).toBe(0);
  });
});

describe('other ConfigMaps', () => {
  it('of the same namespace are nobody’s business', async () => {
    const body = { metadata: { name: freshName('other') }, data: { 'template.yaml': 'not: a template' } };
    const { status, warnings } = await cluster.api.call({ method: 'POST', path: configMaps, body });
    expect({ status, warnings }).toEqual({ status: 201, warnings: [] });
  });
});
