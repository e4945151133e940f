import { expect, it } from 'vitest';
import type { ApiObject } from '../cluster/client.ts';
import { until } from '../cluster/wait.ts';
import { gatedCluster } from '../support/gated-cluster.ts';
import { documentOf } from '../support/parse-template.ts';
import { openNamespace } from '../support/tenant.ts';

/** A namespace that is enforced can go, whatever the hook does: the namespace controller deletes what is in it, our policies too. */

const TEMPLATE = documentOf(`mode: enforce
unlisted: audit
namespaces:
  - name: shop-*
    rules: [{pods: {app: api}, ports: [8080]}]
`);

const cluster = gatedCluster({ kcm: true, template: TEMPLATE });

/** A namespace with its pair, a pod, and a policy of a tenant. */
async function furnished(): Promise<string> {
  const namespace = await openNamespace(cluster.api, 'shop');
  const spec = { containers: [{ name: 'api', image: 'api', ports: [{ containerPort: 8080 }] }] };
  await cluster.api.request('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata: { name: 'api', labels: { app: 'api' } }, spec });
  const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
  await cluster.api.request('POST', policies, { metadata: { name: 'mine' }, spec: { podSelector: {} } });
  const names = (await cluster.api.request('GET', policies)).items?.map(({ metadata }) => metadata?.name);
  expect(names).toEqual(['mine', 'portcullis-allow', expect.stringMatching(/^portcullis-allow-/), 'portcullis-block']);
  return namespace;
}

async function isGone(namespace: string): Promise<boolean> {
  return (await cluster.api.call({ method: 'GET', path: `/api/v1/namespaces/${namespace}` })).status === 404;
}

async function deleteAsAlice(namespace: string): Promise<void> {
  const { code, stderr } = await cluster.api.kubectl(['delete', 'namespace', namespace, '--wait=false'], { user: 'alice' });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await until(`${namespace} to be gone`, () => isGone(namespace), { deadline: 30_000 });
}

it('with the hook up', async () => {
  const namespace = await furnished();
  await deleteAsAlice(namespace);
});

it('with the hook down, though it fails closed', async () => {
  const namespace = await furnished();
  await failClosed();
  await cluster.portcullis.stop();
  const pod = { metadata: { name: 'late' }, spec: { containers: [{ name: 'api', image: 'api' }] } };
  const late = await cluster.api.call({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods`, body: pod });
  expect([late.status, late.body.message]).toEqual([500, expect.stringContaining('failed calling webhook "pods.validate.portcullis.dev"')]);
  const manager = { 'impersonate-user': 'system:kube-controller-manager', 'impersonate-group': 'system:masters' };
  const block = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/portcullis-block`;
  expect(await cluster.api.call({ method: 'DELETE', path: block })).toMatchObject({ status: 500 });
  expect(await cluster.api.call({ method: 'DELETE', path: block, headers: manager })).toMatchObject({ status: 200 });
  await deleteAsAlice(namespace);
});

/** Every validating entry, more than the enforce overlay does. */
async function failClosed(): Promise<void> {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis';
  const { webhooks } = (await cluster.api.request('GET', path)) as ApiObject & { webhooks: object[] };
  await cluster.api.request('PATCH', path, { webhooks: webhooks.map((webhook) => ({ ...webhook, failurePolicy: 'Fail' })) });
}
