import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../cluster/client.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { gatedCluster } from '../support/gated-cluster.ts';
import { documentOf } from '../support/parse-template.ts';
import type { LogLine } from '../support/silence.ts';
import { openNamespace, unseen } from '../support/tenant.ts';

/** Ways past the gate by what it is told: the webhook configuration, the template, and what was there before either. */

const cluster = gatedCluster({
  failClosed: true,
  template: documentOf(`mode: enforce
unlisted: audit
namespaces:
  - name: shop-*
    rules: [{pods: {app: api}, ports: [8080]}]
`),
});

/** The program watches the configurations; the machine may be busy. */
const IN_TIME = { deadline: 60_000 };
const BAD = { containers: [{ name: 'api', image: 'api', ports: [{ containerPort: 9090 }] }] };
const labels = { app: 'api' };
const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
/** What comes of a pod with a port that the template does not permit; it is only tried. */
const tryBad = (namespace: string) =>
  cluster.tellAlice('POST', `${podsOf(namespace)}?dryRun=All`, { metadata: { name: 'bad', labels }, spec: BAD });

const COLLECTION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
interface Configuration extends ApiObject {
  readonly webhooks: readonly {
    readonly name: string;
    readonly failurePolicy: string;
    readonly clientConfig: { readonly caBundle?: string };
  }[];
}
const configuration = async () => (await cluster.api.request('GET', `${COLLECTION}/portcullis`)) as Configuration;

const saysMissing = ({ level, message }: LogLine) => level === 'warn' && message.includes('nothing is gated until it is installed');

describe('bypass: the webhook configuration, in the hands of who may edit it', () => {
  it('with a CA that is not ours lets nothing in meanwhile, and is repaired', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const before = await configuration();
    const strange = Buffer.from(cluster.api.ca).toString('base64');
    const webhooks = before.webhooks.map((hook) => ({ ...hook, clientConfig: { ...hook.clientConfig, caBundle: strange } }));
    await cluster.api.request('PATCH', `${COLLECTION}/portcullis`, { webhooks });
    const admitted: number[] = [];
    await until(
      'the CA of the program',
      async () => {
        const { status } = await tryBad(namespace);
        if (status < 400) admitted.push(status);
        return JSON.stringify((await configuration()).webhooks) === JSON.stringify(before.webhooks);
      },
      IN_TIME,
    );
    expect(admitted).toEqual([]);
    await until('the gate to be asked again', async () => (await tryBad(namespace)).status === 403, IN_TIME);
  });

  it('opened to failures fails closed again', async () => {
    const before = await configuration();
    const webhooks = before.webhooks.map((hook) => ({ ...hook, failurePolicy: 'Ignore' }));
    await cluster.api.request('PATCH', `${COLLECTION}/portcullis`, { webhooks });
    await until(
      'failurePolicy Fail',
      async () => JSON.stringify((await configuration()).webhooks) === JSON.stringify(before.webhooks),
      IN_TIME,
    );
  });

  it('narrowed, so that it leads past the gate, is told', async () => {
    const before = await configuration();
    const known = cluster.portcullis.log.length;
    const lines = () => cluster.portcullis.log.slice(known).filter(({ message }) => message.startsWith('the webhook configuration le'));
    const skipping = { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] };
    const webhooks = before.webhooks.map((hook) => (hook.name.startsWith('policies.') ? { ...hook, objectSelector: skipping } : hook));
    await cluster.api.request('PATCH', `${COLLECTION}/portcullis`, { webhooks });
    await until('the log to say so', async () => lines().length === 1, IN_TIME);
    expect(lines()[0]).toEqual({
      level: 'warn',
      message: 'the webhook configuration leads past the gate: apply the shipped one again',
      fields: {
        gaps: ['policies.validate.portcullis.dev is skipped by labels that anybody may set'],
      },
    });
    await cluster.api.request('PATCH', `${COLLECTION}/portcullis`, { webhooks: before.webhooks });
    await until('the log to say that it is whole again', async () => lines().length === 2, IN_TIME);
  });

  it('deleted is told, and in force again once it is installed', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const { webhooks } = await configuration();
    const known = cluster.portcullis.log.length;
    await cluster.api.request('DELETE', `${COLLECTION}/portcullis`);
    await until('the log to say so', async () => cluster.portcullis.log.slice(known).some(saysMissing), IN_TIME);
    const bare = webhooks.map(({ clientConfig: { caBundle: _, ...clientConfig }, ...hook }) => ({
      ...hook,
      failurePolicy: 'Ignore',
      clientConfig,
    }));
    const metadata = { name: 'portcullis' };
    await cluster.api.request('POST', COLLECTION, { metadata, webhooks: bare });
    await until('the gate to be asked again', async () => (await tryBad(namespace)).status === 403, IN_TIME);
  });
});

describe('bypass: the template', () => {
  const path = `/api/v1/namespaces/${OWN_NAMESPACE}/configmaps`;
  const further = (binaryData: Readonly<Record<string, string>>) => ({
    metadata: { name: 'more', labels: { 'portcullis.dev/template': 'true' } },
    binaryData,
  });
  const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');
  const document = (mode: string) =>
    `apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nnamespaces:\n  - {name: shop-*, mode: ${mode}}\n`;

  it('under binaryData is read and judged like any other', async () => {
    const { status, body } = await cluster.api.call({ method: 'POST', path, body: further({ 'more.yaml': base64(document('open')) }) });
    expect([status, body.message]).toEqual([403, expect.stringContaining('more/more.yaml:4:26  namespaces[0].mode: "open" is no mode')]);
  });

  it('with bytes that are no text in a name is refused, not skipped and not guessed at', async () => {
    const [before = '', after = ''] = document('off').split('*');
    const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
    const { status, body } = await cluster.api.call({ method: 'POST', path, body: further({ 'more.yaml': base64(bytes) }) });
    expect([status, body.message]).toEqual([403, expect.stringContaining('more/more.yaml:4:12  namespaces[0].name: ')]);
  });
});

describe('bypass: what was there before the webhook', () => {
  it('pods that the controller of an old ReplicaSet makes are refused, each with its reason', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const body = {
      metadata: { name: 'old' },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: BAD } },
    };
    const made = await cluster.api.call(unseen({ method: 'POST', path: `/apis/apps/v1/namespaces/${namespace}/replicasets`, body }));
    expect(made.status).toBe(201);
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'old', uid: made.body.metadata?.uid, controller: true };
    const pod = { metadata: { generateName: 'old-', labels, ownerReferences: [owner] }, spec: BAD };
    const headers = {
      'impersonate-user': 'system:serviceaccount:kube-system:replicaset-controller',
      'impersonate-group': 'system:masters',
    };
    const { status, body: said } = await cluster.api.call({ method: 'POST', path: podsOf(namespace), body: pod, headers });
    expect([status, said.message]).toEqual([403, expect.stringContaining('9090/TCP  not in the template')]);
  });

  it('a pod that runs keeps its ports, but no update of it adds one and no label takes it out of sight of the rules', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const old = {
      metadata: { name: 'old', labels },
      spec: { containers: [...BAD.containers, { name: 'more', image: 'more', ports: [{ containerPort: 8080 }] }] },
    };
    expect((await cluster.api.call(unseen({ method: 'POST', path: podsOf(namespace), body: old }))).status).toBe(201);
    const { status, message } = await cluster.tellAlice('PATCH', `${podsOf(namespace)}/old`, { metadata: { labels: { app: 'web' } } });
    expect([status, message?.split('\n').slice(1, 3)]).toEqual([
      403,
      ['  container more  8080/TCP  not in the template', 'Permitted for this pod: none'],
    ]);
  });
});
