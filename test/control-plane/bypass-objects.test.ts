import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../cluster/client.ts';
import { until } from '../cluster/wait.ts';
import { gatedCluster, refusedBy, type Told } from '../support/gated-cluster.ts';
import { documentOf } from '../support/parse-template.ts';
import { freshName, openNamespace } from '../support/tenant.ts';

/** Ways past the gate by the shape, the name or the kind of an object. */

const cluster = gatedCluster({
  kcm: true,
  template: documentOf(`mode: enforce
unlisted: audit
namespaces:
  - name: shop-*
    rules: [{pods: {app: api}, ports: [8080, 53/UDP]}]
    hostPorts: [18080]
  - name: bank
    rules: [{pods: {app: api}, ports: [8080, 9090]}]
  - name: shop-free-*
    rules: [{pods: {app: api}, ports: [9090]}]
`),
});

const labels = { app: 'api' };
type Port = Readonly<Record<string, unknown>>;
const METRICS = { containerPort: 9090, name: 'metrics' };
const specOf = (...ports: Port[]) => ({ containers: [{ name: 'api', image: 'api', ports }] });
const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const fresh = () => openNamespace(cluster.api, 'shop');
const make = (namespace: string, metadata: object, spec: object) =>
  cluster.tellAlice('POST', podsOf(namespace), { metadata: { labels, ...metadata }, spec });

/** What a refusal says is wrong, line by line; none where the object was admitted. */
function wrongIn({ status, message = '' }: Told): readonly string[] | number {
  const lines = message.split('\n');
  return status === 403
    ? lines.slice(
        1,
        lines.findIndex((line) => line.startsWith('Permitted for')),
      )
    : status;
}
const REFUSED = ['  container api  9090/TCP (metrics)  not in the template'];

describe('bypass: a name that the API server makes', () => {
  it('generateName hides no pod, and the refusal names what there is of the name', async () => {
    const namespace = await fresh();
    const answer = await make(namespace, { generateName: 'api-' }, specOf(METRICS));
    expect([wrongIn(answer), answer.message?.includes(`Pod ${namespace}/api-`)]).toEqual([REFUSED, true]);
  });

  it('generateName hides no namespace: its rules are those of the name that it gets', async () => {
    const made = await cluster.asAlice('POST', '/api/v1/namespaces', { metadata: { generateName: 'shop-' } });
    const name = made.body.metadata?.name ?? '';
    await until(
      'its account',
      async () => (await cluster.asAlice('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200,
      {
        deadline: 30_000,
      },
    );
    expect(wrongIn(await make(name, { name: 'api' }, specOf(METRICS)))).toEqual(REFUSED);
  });
});

describe('bypass: a name that looks like another', () => {
  it('of a namespace: one that begins with the name of another has none of its rules', async () => {
    const namespace = await cluster.api.namespace(freshName('bank'));
    const { status, warnings } = await make(namespace, { name: 'api' }, specOf(METRICS));
    expect([status, warnings[0]]).toEqual([
      201,
      `portcullis audit: Pod ${namespace}/api, container api: 9090/TCP (metrics) is not in the template`,
    ]);
  });

  it('of a namespace: the longest prefix has it, and no shorter one lends its ports', async () => {
    const namespace = await openNamespace(cluster.api, 'shop-free');
    expect((await make(namespace, { name: 'fine' }, specOf(METRICS))).status).toBe(201);
    expect(wrongIn(await make(namespace, { name: 'api' }, specOf({ containerPort: 8080 })))).toEqual([
      '  container api  8080/TCP  not in the template',
    ]);
  });

  it.each([
    ['upper case', 'Shop-x'],
    ['a letter that only looks like one', 'sh\u043ep-x'],
    ['a full-width letter', '\uff53hop-x'],
    ['an invisible space', 'shop\u200b-x'],
    ['a trailing dot', 'shop-x.'],
  ])('of a namespace: %s is no name for the API server', async (_, name) => {
    expect((await cluster.asAlice('POST', '/api/v1/namespaces', { metadata: { name } })).status).toBe(422);
  });

  it('of a label: case counts, and what only looks like the value is refused by the API server', async () => {
    const namespace = await fresh();
    const named = (value: string) => make(namespace, { name: 'api', labels: { app: value } }, specOf({ containerPort: 8080 }));
    expect(wrongIn(await named('API'))).toEqual(['  container api  8080/TCP  not in the template']);
    expect((await named('\u0430pi')).status).toBe(422);
    expect(wrongIn(await make(namespace, { name: 'api', labels: { App: 'api' } }, specOf({ containerPort: 8080 })))).toEqual([
      '  container api  8080/TCP  not in the template',
    ]);
  });

  it('of a protocol: lower case is refused by the API server', async () => {
    expect((await make(await fresh(), { name: 'api' }, specOf({ containerPort: 53, protocol: 'udp' }))).status).toBe(422);
  });
});

describe('bypass: the list of ports', () => {
  const table: Record<string, readonly [spec: object, wrong: readonly string[] | number]> = {
    'the same port twice, once with a permitted protocol': [
      specOf({ containerPort: 53, protocol: 'UDP' }, { containerPort: 53, protocol: 'TCP' }),
      ['  container api  53/TCP  in the template for UDP only'],
    ],
    'a port that is declared twice counts, under either name': [
      specOf({ ...METRICS, name: 'one' }, { ...METRICS, name: 'two' }),
      ['  container api  9090/TCP (one)  not in the template', '  container api  9090/TCP (two)  not in the template'],
    ],
    'a port behind many that are permitted': [specOf(...Array.from({ length: 200 }, () => ({ containerPort: 8080 })), METRICS), REFUSED],
    'a port of the second container': [{ containers: [{ name: 'first', image: 'first' }, ...specOf(METRICS).containers] }, REFUSED],
    'a hostPort without a containerPort is refused by the API server': [specOf({ hostPort: 18080 }), 422],
    'a hostPort of zero is none': [specOf({ containerPort: 8080, hostPort: 0 }), 201],
    'a hostPort of one address of the node is one all the same': [
      specOf({ containerPort: 8080, hostPort: 18081, hostIP: '127.0.0.1' }),
      ['  container api  hostPort 18081/TCP is not in hostPorts'],
    ],
    'a hostPort that is permitted does not permit its containerPort': [specOf({ ...METRICS, hostPort: 18080 }), REFUSED],
    'a hostPort of an init container': [
      {
        ...specOf(),
        initContainers: [{ name: 'init', image: 'init', ports: [{ containerPort: 8080, hostPort: 18081 }] }],
      },
      ['  init container init  hostPort 18081/TCP is not in hostPorts'],
    ],
    'the network of the node without a declared port': [{ ...specOf(), hostNetwork: true }, ['  pod  hostNetwork is not permitted here']],
    'SCTP of a permitted number': [
      specOf({ containerPort: 8080, protocol: 'SCTP' }),
      ['  container api  8080/SCTP  in the template for TCP only'],
    ],
  };
  it.each(Object.entries(table))('%s', async (_, [spec, wrong]) => {
    expect(wrongIn(await make(await fresh(), { name: 'api' }, spec))).toEqual(wrong);
  });
});

describe('bypass: a kind that is not gated', () => {
  it('a PodTemplate runs nothing, and the pod that is made of it is judged', async () => {
    const namespace = await fresh();
    const template = { metadata: { labels }, spec: specOf(METRICS) };
    await cluster.api.request('POST', `/api/v1/namespaces/${namespace}/podtemplates`, { metadata: { name: 'api' }, template });
    expect(wrongIn(await make(namespace, { name: 'api' }, specOf(METRICS)))).toEqual(REFUSED);
  });

  it('a workload of a custom kind is not judged, its pods are: an owner is no pass', async () => {
    const namespace = await fresh();
    const owner = await robot(namespace);
    expect(wrongIn(await make(namespace, { name: 'api', ownerReferences: [owner] }, specOf(METRICS)))).toEqual(REFUSED);
    expect(await make(namespace, { name: 'good', ownerReferences: [owner] }, specOf({ containerPort: 8080 }))).toMatchObject({
      status: 201,
    });
  });
});

/** An object of a custom kind that carries a template of pods; answers what its pods say of their owner. */
async function robot(namespace: string): Promise<object> {
  const names = { plural: 'robots', singular: 'robot', kind: 'Robot', listKind: 'RobotList' };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const spec = { group: 'example.com', scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true, schema }] };
  await cluster.api.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'robots.example.com' },
    spec,
  });
  const body = { apiVersion: 'example.com/v1', kind: 'Robot', metadata: { name: 'one' }, spec: { template: { spec: specOf(METRICS) } } };
  const path = `/apis/example.com/v1/namespaces/${namespace}/robots`;
  let made: ApiObject = {};
  await until(
    'the custom kind to be served',
    async () => {
      const { status, body: object } = await cluster.api.call({ method: 'POST', path, body });
      made = object;
      return status === 201;
    },
    { deadline: 30_000 },
  );
  return { apiVersion: 'example.com/v1', kind: 'Robot', name: 'one', uid: made.metadata?.uid, controller: true };
}

describe('bypass: a dry run', () => {
  it('of a namespace permits no pod in it, and makes neither namespace nor policies', async () => {
    const name = freshName('shop');
    expect((await cluster.tellAlice('POST', '/api/v1/namespaces?dryRun=All', { metadata: { name } })).status).toBe(201);
    expect((await make(name, { name: 'api' }, specOf({ containerPort: 8080 }))).status).toBe(404);
    expect((await cluster.asAlice('GET', `/api/v1/namespaces/${name}`)).status).toBe(404);
  });
});

describe('bypass: who may make pods for others', () => {
  it('roles edit and admin of Kubernetes neither bind pods nor write their status or that of a namespace', async () => {
    const namespace = await fresh();
    const may = async (role: string, ...question: string[]) => {
      const user = `${role}-of-${namespace}`;
      const { stdout } = await cluster.api.kubectl(['auth', 'can-i', ...question, '-n', namespace, `--as=${user}`]);
      return stdout.trim();
    };
    for (const role of ['edit', 'admin']) {
      const grant = ['create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}-of-${namespace}`, '-n', namespace];
      expect((await cluster.api.kubectl(grant)).code).toBe(0);
      await until(`the role ${role}`, async () => (await may(role, 'create', 'pods')) === 'yes', { deadline: 30_000 });
      expect([
        await may(role, 'create', 'pods', '--subresource=binding'),
        await may(role, 'create', 'bindings'),
        await may(role, 'patch', 'pods', '--subresource=status'),
        await may(role, 'update', 'namespaces', '--subresource=finalize'),
        await may(role, 'patch', 'validatingwebhookconfigurations'),
      ]).toEqual(['no', 'no', 'no', 'no', 'no']);
    }
  });
});

describe('bypass: a namespace that is deleted and made again under its name', () => {
  it('has no pod before its new policies: none comes in by what was known of the old one', async () => {
    const namespace = await fresh();
    const path = `/api/v1/namespaces/${namespace}`;
    await cluster.asAlice('DELETE', path);
    await until('the namespace to be gone', async () => (await cluster.asAlice('GET', path)).status === 404, { deadline: 60_000 });
    expect((await cluster.asAlice('POST', '/api/v1/namespaces', { metadata: { name: namespace } })).status).toBe(201);
    const bound = { nodeName: 'node1', ...specOf({ containerPort: 8080 }) };
    const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    await until(
      'the pod to be admitted',
      async () => {
        const answer = await make(namespace, { name: 'api' }, bound);
        if (answer.status !== 201) return false;
        const names = (await cluster.api.request('GET', policies)).items?.map(({ metadata }) => metadata?.name);
        expect(names).toEqual(['portcullis-allow', expect.stringMatching(/^portcullis-allow-/), 'portcullis-block']);
        return true;
      },
      { deadline: 60_000 },
    );
  });
});

describe('bypass: a pod that claims to be the mirror of a static pod', () => {
  it('is judged like any other unless its kubelet makes it', async () => {
    const namespace = await fresh();
    const annotations = { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.source': 'file' };
    const spec = { nodeName: 'node1', ...specOf(METRICS) };
    expect(wrongIn(await make(namespace, { name: 'api', annotations }, spec))).toEqual(REFUSED);
  });
});

describe('bypass: the policies of Portcullis', () => {
  it('cannot be taken over by server-side apply with force', async () => {
    const namespace = await fresh();
    const body = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'portcullis-block' },
      spec: { podSelector: {}, ingress: [{}] },
    };
    const args = ['apply', '--server-side', '--force-conflicts', '-n', namespace, '-f', '-'];
    const { code, stderr } = await cluster.api.kubectl(args, { stdin: JSON.stringify(body), user: 'alice' });
    const refusal = refusedBy('policies.validate', `NetworkPolicy ${namespace}/portcullis-block: names portcullis-* are Portcullis' own`);
    expect([code, stderr]).toEqual([1, expect.stringContaining(refusal.message ?? '')]);
  });
});
