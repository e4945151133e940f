import { describe, expect, it } from 'vitest';
import { gatedCluster, refusedBy } from '../support/gated-cluster.ts';
import { documentOf } from '../support/parse-template.ts';
import { freshName, openNamespace } from '../support/tenant.ts';

/** Ways past the gate by labels: those that choose the rules of a pod, and those that are Portcullis' own. */

const cluster = gatedCluster({
  template: documentOf(`mode: enforce
unlisted: audit
namespaces:
  - name: shop-*
    onViolation: quarantine
    rules: [{pods: {app: api}, ports: [8080]}]
  - name: lab-*
    mode: audit
    rules: [{name: api, pods: {app: api}, ports: [8080]}]
`),
});

const QUARANTINE = 'portcullis.dev/quarantine';
const GATE = 'portcullis.dev/gate';
const FINE = { status: 200, message: undefined, warnings: [] };

const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const relabel = (labels: Readonly<Record<string, string | null>>) => ({ metadata: { labels } });
const pod = (metadata: object, fields: object = {}) => ({
  metadata: { name: 'api', ...metadata },
  spec: { containers: [{ name: 'api', image: 'api', ports: [{ containerPort: 8080 }] }], ...fields },
});
const quarantineKept = (namespace: string) =>
  refusedBy('pods.validate', `Pod ${namespace}/api: only Portcullis sets or removes the label ${QUARANTINE}`);

/** A pod of alice's, in a namespace whose pair is in place. */
async function alicesPod(fields: object = {}, prefix = 'shop'): Promise<{ namespace: string; path: string }> {
  const namespace = await openNamespace(cluster.api, prefix);
  expect(await cluster.tellAlice('POST', podsOf(namespace), pod({ labels: { app: 'api' } }, fields))).toMatchObject({ status: 201 });
  return { namespace, path: `${podsOf(namespace)}/api` };
}

/** The controller shuts it off. */
async function quarantinedPod(fields: object = {}): Promise<{ namespace: string; path: string }> {
  const made = await alicesPod(fields);
  const { status } = await cluster.api.call({
    method: 'PATCH',
    path: made.path,
    body: relabel({ [QUARANTINE]: 'true' }),
    user: 'portcullis-controller',
  });
  expect(status).toBe(200);
  return made;
}

const labelsNow = async (path: string) => (await cluster.api.request('GET', path)).metadata?.labels ?? {};

describe('bypass: the status of a pod', () => {
  it('brings no label by which another rule would hold', async () => {
    const { namespace, path } = await alicesPod();
    const { status, message } = await cluster.tellAlice('PATCH', `${path}/status`, relabel({ app: 'db' }));
    expect([status, message?.split('\n').slice(0, 2)]).toEqual([
      403,
      [
        `admission webhook "pods.validate.portcullis.dev" denied the request: Pod ${namespace}/api declares a port that the template does not permit`,
        '  container api  8080/TCP  not in the template',
      ],
    ]);
    expect(await labelsNow(path)).toEqual({ app: 'api' });
  });

  it('takes no pod out of quarantine, and puts none into it', async () => {
    const { namespace, path } = await quarantinedPod();
    expect(await cluster.tellAlice('PATCH', `${path}/status`, relabel({ [QUARANTINE]: null }))).toEqual(quarantineKept(namespace));
    const other = await alicesPod();
    expect(await cluster.tellAlice('PATCH', `${other.path}/status`, relabel({ [QUARANTINE]: 'true' }))).toEqual(
      quarantineKept(other.namespace),
    );
  });

  it('is written by who brings no other labels, as kubelets do', async () => {
    const { path } = await quarantinedPod();
    expect(await cluster.tellAlice('PATCH', `${path}/status`, { status: { phase: 'Running' } })).toEqual(FINE);
  });
});

describe('bypass: other subresources of a pod', () => {
  it.each(['resize', 'ephemeralcontainers'])('%s changes no label at all: the API server drops it', async (subresource) => {
    const { path } = await quarantinedPod();
    const before = await labelsNow(path);
    expect(await cluster.tellAlice('PATCH', `${path}/${subresource}`, relabel({ [QUARANTINE]: null, app: 'db' }))).toEqual(FINE);
    expect(await labelsNow(path)).toEqual(before);
  });

  it('no subresource and no update brings a port: the API server refuses or drops it', async () => {
    const { path } = await alicesPod();
    const before = (await cluster.api.request('GET', path)).spec;
    const more = [{ op: 'add', path: '/spec/containers/0/ports/-', value: { containerPort: 9090 } }];
    expect((await cluster.tellAlice('PATCH', path, more)).status).toBe(422);
    for (const subresource of ['status', 'resize', 'ephemeralcontainers']) await cluster.tellAlice('PATCH', `${path}/${subresource}`, more);
    expect((await cluster.api.request('GET', path)).spec).toEqual(before);
  });

  it('an eviction deletes the pod, and opens nothing', async () => {
    const { namespace, path } = await quarantinedPod();
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'api', namespace } };
    expect((await cluster.tellAlice('POST', `${path}/eviction`, eviction)).status).toBe(201);
    const { status, body } = await cluster.asAlice('GET', path);
    expect(status === 404 || body.metadata?.labels?.[QUARANTINE] === 'true').toBe(true);
  });
});

describe('bypass: the labels of a Binding', () => {
  /** As an administrator, who may bind pods: how the API server answers him. */
  async function bind({ namespace, path }: { namespace: string; path: string }, labels?: Readonly<Record<string, string>>, older = false) {
    const metadata = { name: 'api', ...(labels === undefined ? {} : { labels }) };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata, target: { kind: 'Node', name: 'node1' } };
    const call = { method: 'POST', path: older ? `/api/v1/namespaces/${namespace}/bindings` : `${path}/binding`, body } as const;
    const { status, body: answer, warnings } = await cluster.api.call(call);
    return { status, message: status < 400 ? undefined : answer.message, warnings };
  }
  const nodeOf = async (path: string) => (await cluster.api.request('GET', path)).spec as { readonly nodeName?: string };
  const BOUND = { status: 201, message: undefined, warnings: [] };
  const PATHS = [
    ['pods/binding', false],
    ['bindings', true],
  ] as const;

  it.each(PATHS)('by %s: set none by which a rule selects pods, and none of our own', async (_, older) => {
    const pod = await alicesPod();
    expect(await bind(pod, { app: 'db', [QUARANTINE]: 'true', color: 'blue' }, older)).toEqual(
      refusedBy(
        'pods.validate',
        [
          `Binding ${pod.namespace}/api sets 2 labels that a Binding may not set`,
          '  app                        a rule selects pods by it (template.yaml:8)',
          '  portcullis.dev/quarantine  only Portcullis sets it',
          'Leave them out: what decides about a pod is set on the pod itself, where it is judged with its ports.',
          'Mode enforce, by the default of template.yaml:3.',
        ].join('\n'),
      ),
    );
    expect([await labelsNow(pod.path), (await nodeOf(pod.path)).nodeName]).toEqual([{ app: 'api' }, undefined]);
  });

  it.each(PATHS)('by %s: bind without any, and with others', async (_, older) => {
    const [plain, others] = [await alicesPod(), await alicesPod()];
    expect(await bind(plain, undefined, older)).toEqual(BOUND);
    expect([await labelsNow(plain.path), (await nodeOf(plain.path)).nodeName]).toEqual([{ app: 'api' }, 'node1']);
    const more = { color: 'blue', 'topology.kubernetes.io/zone': 'north' };
    expect(await bind(others, more, older)).toEqual(BOUND);
    expect(await labelsNow(others.path)).toEqual({ app: 'api', ...more });
  });

  it.each(PATHS)('by %s: are warned of in mode audit', async (_, older) => {
    const pod = await alicesPod({}, 'lab');
    expect(await bind(pod, { app: 'db' }, older)).toEqual({
      ...BOUND,
      warnings: [
        expect.stringMatching(/^portcullis audit: Binding lab-\w+\/api: mode enforce would refuse this label/),
        expect.stringMatching(/^portcullis audit: label app: rule api selects pods by it/),
      ],
    });
    expect(await labelsNow(pod.path)).toEqual({ app: 'db' });
  });
});

describe('bypass: a pod that is deleted with a grace period as long as its owner likes', () => {
  it('stays in quarantine for as long as it runs, and may still lose other labels and its finalizers', async () => {
    const { namespace, path } = await quarantinedPod({ nodeName: 'node1', terminationGracePeriodSeconds: 1_000_000 });
    expect((await cluster.asAlice('DELETE', path)).status).toBe(200);
    expect(await cluster.tellAlice('PATCH', path, relabel({ [QUARANTINE]: null }))).toEqual(quarantineKept(namespace));
    expect(await cluster.tellAlice('PATCH', `${path}/status`, relabel({ [QUARANTINE]: null }))).toEqual(quarantineKept(namespace));
    expect(await cluster.tellAlice('PATCH', path, relabel({ app: null }))).toEqual(FINE);
    expect(await labelsNow(path)).toEqual({ [QUARANTINE]: 'true' });
  });
});

describe('bypass: the label portcullis.dev/gate of a namespace, which says that there is nothing to wait for', () => {
  const refused = (namespace: string) =>
    refusedBy('namespaces.validate', `Namespace ${namespace}: only Portcullis sets the label ${GATE}; leave it out`);

  it.each(['status', 'finalize'])('is not changed by the subresource %s', async (subresource) => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const path = `/api/v1/namespaces/${namespace}`;
    const now = await cluster.api.request('GET', path);
    const body = { ...now, metadata: { ...now.metadata, labels: { ...now.metadata?.labels, [GATE]: 'shut' } } };
    expect(await cluster.tellAlice('PUT', `${path}/${subresource}`, body)).toEqual(refused(namespace));
  });
});

describe('bypass: other labels of a tenant', () => {
  it('portcullis.dev/template on his ConfigMap makes no template of it: only those of the own namespace are read', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const document = `namespaces: [{name: ${namespace}, mode: off, rules: []}]`;
    for (const name of ['portcullis-template', 'portcullis-template-accepted', 'mine']) {
      const metadata = { name, labels: { 'portcullis.dev/template': 'true' } };
      const data = { 'template.yaml': `apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\n${document}\n` };
      await cluster.api.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata, data });
    }
    // What is seen after the ConfigMaps: a namespace of the real template.
    await openNamespace(cluster.api, 'shop');
    const bad = { metadata: { name: 'bad' }, spec: { containers: [{ name: 'api', image: 'api', ports: [{ containerPort: 9090 }] }] } };
    expect((await cluster.asAlice('POST', podsOf(namespace), bad)).status).toBe(403);
  });

  it('those of a namespace, changed after admission, choose no other rules: a namespace goes by its name', async () => {
    const namespace = await openNamespace(cluster.api, 'shop');
    const labels = { 'kubernetes.io/metadata.name': 'kube-system', [`${freshName('x')}`]: 'y', 'portcullis.dev/mode': 'off' };
    await cluster.asAlice('PATCH', `/api/v1/namespaces/${namespace}`, relabel(labels));
    expect((await labelsNow(`/api/v1/namespaces/${namespace}`))['kubernetes.io/metadata.name']).toBe(namespace);
    const bad = { metadata: { name: 'bad' }, spec: { containers: [{ name: 'api', image: 'api', ports: [{ containerPort: 9090 }] }] } };
    expect((await cluster.asAlice('POST', podsOf(namespace), bad)).status).toBe(403);
  });
});
