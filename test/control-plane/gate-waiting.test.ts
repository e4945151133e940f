import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiObject } from '../cluster/client.ts';
import { until } from '../cluster/wait.ts';
import { tenantCluster } from '../support/gated-cluster.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';
import { freshName, openNamespace } from '../support/tenant.ts';

/** No pod runs before the policies of its namespace were seen. */

const TEMPLATE = documentOf(`mode: enforce
unlisted: audit
namespaces:
  - name: shop-*
    rules: [{ports: [8080]}]
  - name: taken-*
    rules: [{ports: [8080]}]
  - name: lab-*
    mode: audit
    rules: [{ports: [8080]}]
`);

const GATE = 'portcullis.dev/policies';

const cluster = tenantCluster();
let portcullis: Portcullis;

const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const policiesOf = (namespace: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
const pod = (name: string, fields: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'api', image: 'api', ports: [{ containerPort: 8080 }] }], ...fields },
});
const make = (namespace: string, body: object) => cluster.api.call({ method: 'POST', path: podsOf(namespace), body, user: 'alice' });
const gatesOf = (object: ApiObject) =>
  ((object.spec as { schedulingGates?: { name: string }[] }).schedulingGates ?? []).map(({ name }) => name);
const gatesNow = async (namespace: string, name: string) => gatesOf(await cluster.api.request('GET', `${podsOf(namespace)}/${name}`));

/** A namespace whose pair cannot be made: somebody had the name before Portcullis came. */
async function takenNamespace(): Promise<string> {
  const namespace = await cluster.api.namespace(freshName('taken'));
  await cluster.api.request('POST', policiesOf(namespace), { metadata: { name: 'portcullis-block' }, spec: { podSelector: {} } });
  return namespace;
}

describe('while only the gate runs', () => {
  beforeAll(async () => {
    portcullis = await startPortcullis(cluster.api, { template: TEMPLATE, role: 'webhook' });
  });
  afterAll(() => portcullis?.stop());

  it('a pod that comes with its namespace in one kubectl apply waits, and is released once the controller made the pair', async () => {
    const namespace = freshName('shop');
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
    const items = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, account, pod('api')];
    const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: items.map((item) => placed(item, namespace)) });
    expect(await cluster.api.kubectl(['apply', '-f', '-'], { stdin, user: 'alice' })).toEqual({
      code: 0,
      stdout: `namespace/${namespace} created\nserviceaccount/default created\npod/api created\n`,
      stderr: `Warning: portcullis: namespace ${namespace} is enforced by the default of template.yaml:3 (1 rule); pods wait until its policies are in place\n`,
    });
    expect(await gatesNow(namespace, 'api')).toEqual([GATE]);

    const controller = await startPortcullis(cluster.api, { role: 'controller' });
    try {
      await until('the gate to be lifted', async () => (await gatesNow(namespace, 'api')).length === 0, { deadline: 30_000 });
    } finally {
      await controller.stop();
    }
    expect(await policyNames(namespace)).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
    await until('the audit trail', async () => writes(namespace).includes('pods/api'), { deadline: 30_000 });
    const before = writes(namespace).slice(0, writes(namespace).indexOf('pods/api'));
    expect(new Set(before)).toEqual(
      new Set(['portcullis-block', 'portcullis-allow', 'portcullis-allow-ingress'].map((name) => `networkpolicies/${name}`)),
    );
  });

  it('gates of others stay, ours is added once', async () => {
    const namespace = await cluster.api.namespace(freshName('shop'));
    const others = { schedulingGates: [{ name: 'example.com/other' }] };
    expect(gatesOf((await make(namespace, pod('a', others))).body)).toEqual(['example.com/other', GATE]);
    expect(gatesOf((await make(namespace, pod('b', { schedulingGates: [{ name: GATE }] }))).body)).toEqual([GATE]);
  });

  it('a pod in mode audit does not wait', async () => {
    const namespace = await cluster.api.namespace(freshName('lab'));
    expect(gatesOf((await make(namespace, pod('api'))).body)).toEqual([]);
  });
});

const placed = (item: { kind: string; metadata: object }, namespace: string) =>
  item.kind === 'Pod' ? { ...item, metadata: { ...item.metadata, namespace } } : item;

async function policyNames(namespace: string): Promise<(string | undefined)[]> {
  return ((await cluster.api.request('GET', policiesOf(namespace))).items ?? []).map(({ metadata }) => metadata?.name);
}

/** The policies and pods that the controller patched in a namespace, in order. */
function writes(namespace: string): string[] {
  return cluster.api.auditEvents().flatMap(({ verb, objectRef: at }) => {
    const isOne = verb === 'patch' && at?.namespace === namespace && (at.resource === 'networkpolicies' || at.resource === 'pods');
    return isOne ? [`${at.resource}/${at.name}`] : [];
  });
}

describe('while everything runs', () => {
  let taken: string;
  beforeAll(async () => {
    taken = await takenNamespace();
    portcullis = await startPortcullis(cluster.api);
  });
  afterAll(() => portcullis?.stop());

  it('a pod does not wait where the pair is in place, also with a node of its own', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    expect(gatesOf((await make(namespace, pod('api'))).body)).toEqual([]);
    expect((await make(namespace, pod('bound', { nodeName: 'node1' }))).status).toBe(201);
  });

  it('a pod waits where the pair cannot be made, and nobody else takes the gate off', async () => {
    expect(gatesOf((await make(taken, pod('waits'))).body)).toEqual([GATE]);
    const body = [{ op: 'remove', path: '/spec/schedulingGates' }];
    const answer = await cluster.api.call({ method: 'PATCH', path: `${podsOf(taken)}/waits`, body, user: 'alice' });
    expect([answer.status, answer.body.message]).toEqual([
      403,
      `admission webhook "pods.validate.portcullis.dev" denied the request: Pod ${taken}/waits: only Portcullis removes the scheduling gate ${GATE}; it does so once the policies of ${taken} are in place`,
    ]);
    expect(await gatesNow(taken, 'waits')).toEqual([GATE]);
  });

  it('a waiting pod may be bound by nobody', async () => {
    expect((await make(taken, pod('unbound'))).status).toBe(201);
    const body = { metadata: { name: 'unbound' }, target: { kind: 'Node', name: 'node1' } };
    const answer = await cluster.api.call({ method: 'POST', path: `${podsOf(taken)}/unbound/binding`, body });
    expect([answer.status, answer.body.message]).toEqual([409, expect.stringContaining('has non-empty .spec.schedulingGates')]);
  });

  it('a pod that has its node already cannot slip in before the pair', async () => {
    const answer = await make(taken, pod('bound', { nodeName: 'node1' }));
    expect([answer.status, answer.body.message]).toEqual([
      403,
      `admission webhook "pods.validate.portcullis.dev" denied the request: Pod ${taken}/bound: the policies of ${taken} are not in place yet, retry in a moment (a pod with nodeName cannot wait at a scheduling gate)`,
    ]);
  });

  it('once the foreign policy is deleted, the pair is made and the pod starts', async () => {
    expect((await make(taken, pod('patient'))).status).toBe(201);
    const gone = await cluster.api.call({ method: 'DELETE', path: `${policiesOf(taken)}/portcullis-block`, user: 'alice' });
    expect([gone.status, gone.body.message]).toEqual([200, undefined]);
    await until('the gate to be lifted', async () => (await gatesNow(taken, 'patient')).length === 0, { deadline: 30_000 });
    expect(await policyNames(taken)).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
  });
});
