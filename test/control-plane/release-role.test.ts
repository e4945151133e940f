import { expect, it } from 'vitest';
import { until } from '../cluster/wait.ts';
import { run } from '../support/cli.ts';
import { gatedCluster } from '../support/gated-cluster.ts';
import { configMapPath } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { openNamespace } from '../support/tenant.ts';

/** Who may let a pod out of quarantine: whoever is bound to the Role of deploy/base, and nobody else. */

const cluster = gatedCluster({
  engine: 'connect',
  template: documentOf(`mode: enforce
unlisted: audit
namespaces:
  - name: shop-*
    onViolation: quarantine
    rules: [{pods: {app: api}, ports: [8080]}]
`),
});

const LABEL = 'portcullis.dev/quarantine';

/** A pod that the controller shut off. */
async function quarantinedPod(): Promise<{ namespace: string; path: string }> {
  const namespace = await openNamespace(cluster.api, 'shop');
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const pod = { metadata: { name: 'api' }, spec: { containers: [{ name: 'api', image: 'api' }] } };
  await cluster.api.request('POST', pods, pod);
  const body = { metadata: { labels: { [LABEL]: 'true' } } };
  await cluster.api.call({ method: 'PATCH', path: `${pods}/api`, body, user: 'portcullis-controller' });
  return { namespace, path: `${pods}/api` };
}

const label = async (path: string) => (await cluster.api.request('GET', path)).metadata?.labels?.[LABEL];

it('the Role portcullis-release is enough to release a pod, and gives no hold of the template', { timeout: 180_000 }, async () => {
  const { namespace, path } = await quarantinedPod();
  const book = { method: 'GET', path: configMapPath('portcullis-releases') } as const;
  await until('the book of releases', async () => (await cluster.api.call(book)).status === 200, { deadline: 60_000 });
  const release = () => run([...command, '--kubeconfig', cluster.api.kubeconfig('alice')]);
  const command = ['release', `${namespace}/api`, '--reason', 'a debugger', '--timeout', '60'];
  expect(await release()).toMatchObject({
    code: 3,
    err: expect.stringContaining('cannot get resource "configmaps"'),
  });
  expect(await label(path)).toBe('true');

  const grant = ['create', 'rolebinding', 'release', '-n', 'portcullis-system', '--role=portcullis-release', '--user=alice'];
  expect((await cluster.api.kubectl(grant)).code).toBe(0);
  await until('the right', async () => (await cluster.api.call({ ...book, user: 'alice' })).status === 200, { deadline: 60_000 });
  expect(await release()).toMatchObject({ code: 0, err: '' });
  expect(await label(path)).toBeUndefined();

  for (const other of ['portcullis-template', 'portcullis-template-accepted', 'portcullis-status']) {
    const { status } = await cluster.asAlice('PATCH', configMapPath(other), { data: { 'more.yaml': '' } });
    expect([other, status]).toEqual([other, 403]);
  }
  expect((await cluster.asAlice('GET', configMapPath())).status).toBe(403);
});

it('the controller that scans and lets pods go is refused no call by the roles of deploy/base', () => {
  const own = cluster.api.auditEvents().filter(({ user }) => user.username.endsWith(':portcullis-controller'));
  expect(own.some(({ verb, objectRef }) => verb === 'patch' && objectRef?.name === 'portcullis-releases')).toBe(true);
  expect(own.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
});
