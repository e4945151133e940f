import { describe, expect, it } from 'vitest';
import type { Method } from '../cluster/client.ts';
import { until } from '../cluster/wait.ts';
import { gatedCluster, refusedBy } from '../support/gated-cluster.ts';
import { documentOf } from '../support/parse-template.ts';
import { freshName, gateLabel, openNamespace } from '../support/tenant.ts';

/** Namespaces, and the policies in them: what a tenant may do, and what he is told. */

const TEMPLATE = documentOf(`mode: enforce
unlisted: deny
exempt: [kube-system, kube-public, kube-node-lease, tools-*]
namespaces:
  - name: shop-*
    rules: [{pods: {app: api}, ports: [8080]}]
  - name: lab-*
    mode: audit
    rules: [{pods: {app: api}, ports: [8080]}]
  - name: quiet-*
    mode: off
    rules: []
`);

const cluster = gatedCluster({ template: TEMPLATE });

describe('a new namespace', () => {
  const create = async (name: string) => cluster.api.kubectl(['create', 'namespace', name], { user: 'alice' });

  it.each([
    [
      'shop',
      (name: string) =>
        `namespace ${name} is enforced by the default of template.yaml:3 (1 rule); pods wait until its policies are in place`,
    ],
    ['lab', (name: string) => `namespace ${name} is audited by template.yaml:9 (1 rule); undeclared ports are only reported`],
  ])('of %s-* is welcomed with its mode', async (prefix, welcome) => {
    const name = freshName(prefix);
    expect(await create(name)).toEqual({
      code: 0,
      stdout: `namespace/${name} created\n`,
      stderr: `Warning: portcullis: ${welcome(name)}\n`,
    });
  });

  it.each(['quiet', 'tools'])('of %s-* passes without a word: its mode is off', async (prefix) => {
    const name = freshName(prefix);
    expect(await create(name)).toEqual({ code: 0, stdout: `namespace/${name} created\n`, stderr: '' });
  });

  it('that no document lists is refused, with the lines that would list it', async () => {
    expect(await create('stray')).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        'Error from server (Forbidden): admission webhook "namespaces.validate.portcullis.dev" denied the request: Namespace stray is not in the template, and only namespaces that it lists may be created, by unlisted: deny at template.yaml:4',
        'To permit it, add under namespaces:',
        '  - name: stray',
        '    rules: []',
        '',
      ].join('\n'),
    });
  });

  it('loses a gate label that somebody gave it', async () => {
    const metadata = { name: freshName('shop'), labels: { 'portcullis.dev/gate': 'open', team: 'a' } };
    const { status, body, warnings } = await cluster.asAlice('POST', '/api/v1/namespaces', { metadata });
    expect({ status, labels: body.metadata?.labels, warnings }).toEqual({
      status: 201,
      labels: { team: 'a', 'kubernetes.io/metadata.name': metadata.name },
      warnings: [
        'portcullis: the label portcullis.dev/gate was taken off: only Portcullis sets it',
        `portcullis: namespace ${metadata.name} is enforced by the default of template.yaml:3 (1 rule); pods wait until its policies are in place`,
      ],
    });
  });
});

describe('the gate label of a namespace', () => {
  const label = (value: string | null) => ({ metadata: { labels: { 'portcullis.dev/gate': value } } });

  it('is changed by nobody else', async () => {
    const name = await openNamespace(cluster.api, 'shop');
    expect(await cluster.tellAlice('PATCH', `/api/v1/namespaces/${name}`, label('shut'))).toEqual(
      refusedBy('namespaces.validate', `Namespace ${name}: only Portcullis sets the label portcullis.dev/gate; leave it out`),
    );
  });

  it('may be kept by an update that is about other labels, and be removed: then the controller puts it back', async () => {
    const name = await openNamespace(cluster.api, 'shop');
    const fine = { status: 200, message: undefined, warnings: [] };
    expect(await cluster.tellAlice('PATCH', `/api/v1/namespaces/${name}`, { metadata: { labels: { team: 'a' } } })).toEqual(fine);
    expect(await cluster.tellAlice('PATCH', `/api/v1/namespaces/${name}`, label(null))).toEqual(fine);
    await until('the label', async () => (await gateLabel(cluster.api, name)) === 'open', { deadline: 30_000 });
  });
});

describe('who is left alone', () => {
  const metrics = { metadata: { name: 'api' }, spec: { containers: [{ name: 'api', image: 'api', ports: [{ containerPort: 9090 }] }] } };
  const policy = { metadata: { name: 'portcullis-mine' }, spec: { podSelector: {}, ingress: [{}] } };
  const tryBoth = async (namespace: string) => [
    (await cluster.asAlice('POST', `/api/v1/namespaces/${namespace}/pods`, metrics)).status,
    (await cluster.asAlice('POST', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, policy)).status,
  ];

  it('kube-system, by the selector of the webhooks', async () => {
    await cluster.api.call({
      method: 'POST',
      path: '/api/v1/namespaces/kube-system/serviceaccounts',
      body: { metadata: { name: 'default' } },
    });
    expect(await tryBoth('kube-system')).toEqual([201, 201]);
  });

  it('what the template exempts, by the gate', async () => {
    expect(await tryBoth(await cluster.api.namespace(freshName('tools')))).toEqual([201, 201]);
  });

  it('nobody who only bears the labels of kube-system', async () => {
    const labels = { 'kubernetes.io/metadata.name': 'kube-system', name: 'kube-system', 'control-plane': 'true' };
    expect(await tryBoth(await cluster.api.namespace(freshName('shop'), labels))).toEqual([403, 403]);
  });
});

describe('the policies of Portcullis', () => {
  const collection = (namespace: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
  const spec = { podSelector: {}, policyTypes: ['Ingress'], ingress: [] };
  const ours = { 'app.kubernetes.io/managed-by': 'portcullis' };
  const byName = (namespace: string, name: string) =>
    `NetworkPolicy ${namespace}/${name}: names portcullis-* are Portcullis' own; change the template instead`;
  const byLabel = (namespace: string, name: string) =>
    `NetworkPolicy ${namespace}/${name}: the label app.kubernetes.io/managed-by=portcullis is Portcullis' own; change the template instead`;

  type Attempt = readonly [method: Method, name: string, body: object | undefined, message: (namespace: string) => string];
  const attempts: Record<string, Attempt> = {
    'made by another, by name': [
      'POST',
      '',
      { metadata: { name: 'portcullis-x' }, spec },
      (namespace) => byName(namespace, 'portcullis-x'),
    ],
    'made by another, by label': [
      'POST',
      '',
      { metadata: { name: 'mine', labels: ours }, spec },
      (namespace) => byLabel(namespace, 'mine'),
    ],
    widened: ['PATCH', '/portcullis-block', { spec: { ingress: [{}] } }, (namespace) => byName(namespace, 'portcullis-block')],
    unlabelled: [
      'PATCH',
      '/portcullis-allow',
      { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } },
      (namespace) => byName(namespace, 'portcullis-allow'),
    ],
    deleted: ['DELETE', '/portcullis-block', undefined, (namespace) => byName(namespace, 'portcullis-block')],
  };
  it.each(Object.entries(attempts))('cannot be %s, in mode enforce', async (_, [method, name, body, message]) => {
    const namespace = await openNamespace(cluster.api, 'shop');
    expect(await cluster.tellAlice(method, `${collection(namespace)}${name}`, body)).toEqual(
      refusedBy('policies.validate', message(namespace)),
    );
  });

  it('cannot be made by another with a name that the API server makes, in mode enforce', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const { status, body } = await cluster.asAlice('POST', collection(namespace), { metadata: { generateName: 'portcullis-' }, spec });
    expect([status, body.message]).toEqual([403, expect.stringContaining(`NetworkPolicy ${namespace}/portcullis-`)]);
  });

  it('cannot be deleted as a collection, in mode enforce', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const { status, body } = await cluster.asAlice('DELETE', collection(namespace));
    // The server deletes the first ones side by side: any of ours may be the one that it tells of.
    const told = body.message?.replace(/portcullis-(allow|block)[-0-9a-f]*:/, 'portcullis-block:');
    expect([status, told]).toEqual([403, refusedBy('policies.validate', byName(namespace, 'portcullis-block')).message]);
    const left = (await cluster.api.request('GET', collection(namespace))).items?.map(({ metadata }) => metadata?.name);
    expect(left).toEqual(expect.arrayContaining(['portcullis-allow', 'portcullis-block']));
  });

  it('are only reported on in mode audit', async () => {
    const namespace = await cluster.api.namespace(freshName('lab'));
    const warnings = [`portcullis audit: ${byName(namespace, 'portcullis-x')}`];
    const path = collection(namespace);
    expect(await cluster.tellAlice('POST', path, { metadata: { name: 'portcullis-x' }, spec })).toEqual({
      status: 201,
      message: undefined,
      warnings,
    });
    expect(await cluster.tellAlice('PATCH', `${path}/portcullis-x`, { spec: { ingress: [{}] } })).toEqual({
      status: 200,
      message: undefined,
      warnings,
    });
  });

  it('are not widened by one of a tenant without a warning; one that widens nothing passes without a word', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const make = (name: string, rules: object) =>
      cluster.tellAlice('POST', collection(namespace), {
        metadata: { name },
        spec: { podSelector: { matchLabels: { app: 'api' } }, ...rules },
      });
    expect(await make('wide', { ingress: [{ ports: [{ port: 9999 }] }] })).toEqual({
      status: 201,
      message: undefined,
      warnings: [`portcullis: NetworkPolicy ${namespace}/wide opens 9999/TCP from anywhere, which the template does not permit`],
    });
    expect(await make('narrow', { ingress: [{ ports: [{ port: 8080 }] }] })).toEqual({ status: 201, message: undefined, warnings: [] });
  });
});
