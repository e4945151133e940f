import { beforeAll, describe, expect, it } from 'vitest';
import { portcullisImage } from '../cluster/images.ts';
import { until } from '../cluster/wait.ts';
import { failurePolicies, installPortcullis, OVERLAY, succeed } from '../support/install.ts';
import { configMapPath, eventsOf, gatesOf, policiesOf, putDocument, SCHEDULING_GATE, statusOf } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { podReady } from '../support/pods.ts';
import { freshName } from '../support/tenant.ts';
import { uninstalled } from '../support/uninstall.ts';
import { sharedNode } from './shared.ts';

/** Portcullis in a cluster as a user installs it: the API server calls the gate through the Service. */

const node = sharedNode();
const { api } = node;

const OWN = 'portcullis-system';
const SOON = { timeout: 60_000, interval: 250 };

/** A pod of the test image with these containerPorts. */
const podOf = (name: string, ports: readonly number[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'api' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'api',
        image: 'localhost/netcheck:1',
        imagePullPolicy: 'Never',
        args: ['pause'],
        ports: ports.map((containerPort) => ({ containerPort })),
      },
    ],
  },
});

const create = (namespace: string, object: object, ...args: readonly string[]) =>
  api.kubectl(['create', '-n', namespace, ...args, '-f', '-'], { stdin: JSON.stringify(object) });

/** A document for this namespace alone, and its key in the merged template. */
async function listNamespace(name: string): Promise<void> {
  const rules = '[{name: api, pods: {app: api}, ports: [8080]}]';
  await putDocument(api, `of-${name}`, documentOf(`namespaces:\n  - {name: ${name}, mode: enforce, rules: ${rules}}\n`));
}

describe('an install that fails', () => {
  it('blocks nobody: the hooks have no CA, and are skipped', { timeout: 300_000 }, async () => {
    await uninstalled(node);
    const manifests = await succeed(api, ['kustomize', OVERLAY]);
    const broken = manifests.replaceAll('localhost/portcullis:test', 'localhost/no-such-image:1');
    expect(broken).not.toBe(manifests);
    await succeed(api, ['apply', '-f', '-'], broken);
    const namespace = freshName('free');
    expect(await api.kubectl(['create', 'namespace', namespace])).toMatchObject({ code: 0, stderr: '' });
    await until('the ServiceAccount', async () => (await create(namespace, podOf('api', [9090]), '--dry-run=server')).code === 0, {
      deadline: 30_000,
    });
    expect(await create(namespace, podOf('api', [9090]))).toMatchObject({ code: 0, stderr: '' });
    await podReady(api, namespace, 'api');
    expect(new Set(Object.values(await failurePolicies(api)))).toEqual(new Set(['Ignore']));
  });
});

describe('Portcullis, installed', () => {
  beforeAll(async () => {
    await portcullisImage();
    await installPortcullis(node);
  }, 900_000);

  describe('the parts', () => {
    it('runs them all, and the gate in a namespace of the level restricted', async () => {
      const { metadata } = await api.request('GET', `/api/v1/namespaces/${OWN}`);
      expect(metadata?.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
      const phases = ['get', 'pods', '-A', '-l', 'app.kubernetes.io/name=portcullis', '-o', 'jsonpath={.items[*].status.phase}'];
      const distinct = async () => [...new Set((await succeed(api, phases)).split(' '))];
      // Pods of the install that failed before are Pending until they are gone.
      await expect.poll(distinct, { timeout: 60_000, interval: 250 }).toEqual(['Running']);
    });

    it('refuses when the gate cannot answer, but never an edit of the template or a namespace', async () => {
      expect(await failurePolicies(api)).toEqual({
        'validate.portcullis.dev': 'Fail',
        'pods.validate.portcullis.dev': 'Fail',
        'namespaces.validate.portcullis.dev': 'Ignore',
        'template.validate.portcullis.dev': 'Ignore',
        'policies.validate.portcullis.dev': 'Fail',
        'tenant-policies.validate.portcullis.dev': 'Ignore',
      });
    });

    it('tells in its status what is in force', async () => {
      expect(await statusOf(api)).toMatchObject({ template: expect.any(String) });
    });
  });

  describe('the gate through the Service', () => {
    it('refuses a pod that declares a port which nobody authorized, and says all of it', async () => {
      const namespace = await api.namespace(freshName('shop'));
      await listNamespace(namespace);
      let said = '';
      const refused = async () => {
        const { code, stderr } = await create(namespace, podOf('api', [8080, 9090]), '--dry-run=server');
        said = stderr;
        return code === 1 && stderr.includes('9090/TCP');
      };
      await until('the gate to refuse', refused, { deadline: 60_000 });
      expect(said.split('\n')).toEqual([
        `Error from server (Forbidden): error when creating "STDIN": admission webhook "pods.validate.portcullis.dev" denied the request: Pod ${namespace}/api declares a port that the template does not permit`,
        '  container api  9090/TCP  not in the template',
        expect.stringMatching(/^Permitted for this pod: 8080\/TCP \(rule api, /),
        expect.stringContaining(`To permit this, add under namespace ${namespace} (`),
        '  rules:',
        '    - pods: {app: api}',
        '      ports: [9090/TCP]',
        expect.stringMatching(/^Mode enforce, by /),
        `Why: kubectl portcullis explain pod/api -n ${namespace}`,
        '',
      ]);
    });

    it('lets a permitted pod run only after the policies of its namespace', { timeout: 180_000 }, async () => {
      const name = freshName('shop');
      await listNamespace(name);
      const knows = async () => ((await statusOf(api))?.template ?? '').length > 0;
      await until('the template to be read', knows, { deadline: 60_000 });
      const namespace = await api.namespace(name);
      expect(await succeed(api, ['create', '-n', namespace, '-f', '-'], JSON.stringify(podOf('api', [8080])))).toBe('pod/api created\n');
      await podReady(api, namespace, 'api');
      expect(await gatesOf(api, namespace, 'api')).toEqual([]);
      await expect.poll(() => policiesOf(api, namespace), SOON).toEqual(expect.arrayContaining(['portcullis-allow', 'portcullis-block']));
    });

    it('keeps a pod at the scheduling gate while no pair can be made, says so, and lets it run once it can', {
      timeout: 180_000,
    }, async () => {
      const namespace = await api.namespace(freshName('taken'));
      const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
      await api.request('POST', policies, { metadata: { name: 'portcullis-block' }, spec: { podSelector: {} } });
      await listNamespace(namespace);
      const path = `/api/v1/namespaces/${namespace}/pods/api`;
      // Until the controller knows the new document, a pod is let through: it is made again.
      const waiting = async () => {
        await create(namespace, podOf('api', [8080]));
        if ((await api.call({ method: 'GET', path })).status === 404) return false;
        if ((await gatesOf(api, namespace, 'api')).includes(SCHEDULING_GATE)) return true;
        await api.call({ method: 'DELETE', path: `${path}?gracePeriodSeconds=0` });
        return false;
      };
      await until('a pod to wait', waiting, { deadline: 60_000 });
      await expect.poll(async () => (await eventsOf(api, namespace)).join('\n'), SOON).toContain('Pod api PolicyConflict: ');
      await succeed(api, ['delete', 'networkpolicy', 'portcullis-block', '-n', namespace]);
      await podReady(api, namespace, 'api');
      expect(await policiesOf(api, namespace)).toEqual(expect.arrayContaining(['portcullis-allow', 'portcullis-block']));
    });

    it('refuses a bad edit of the template with its place', async () => {
      const bad = documentOf('namespaces: [{name: shop, rules: [{ports: [99999]}]}]\n');
      const body = { metadata: { name: freshName('bad'), labels: { 'portcullis.dev/template': 'true' } }, data: { 'bad.yaml': bad } };
      const { status, body: answer } = await api.call({ method: 'POST', path: configMapPath(), body });
      expect([status, answer.message]).toEqual([403, expect.stringContaining('99999')]);
    });
  });
});
