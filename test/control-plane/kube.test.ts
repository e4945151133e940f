import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMapAcceptedStore } from '../../src/adapters/kube/accepted-template.ts';
import { type WatchedResource, watchCluster } from '../../src/adapters/kube/cluster-view.ts';
import { configMapTemplateSource } from '../../src/adapters/kube/configmaps.ts';
import { kubeAnnouncer } from '../../src/adapters/kube/events.ts';
import { kubeGateWriter } from '../../src/adapters/kube/gates.ts';
import { kubeLeaseStore } from '../../src/adapters/kube/lease-store.ts';
import { type ConfigMapContent, ownConfigMap } from '../../src/adapters/kube/own-configmap.ts';
import { corePath, namespacePath, policyPath } from '../../src/adapters/kube/paths.ts';
import { keepPod } from '../../src/adapters/kube/pods.ts';
import { kubePolicyStore } from '../../src/adapters/kube/policy-store.ts';
import { reflect } from '../../src/adapters/kube/reflector.ts';
import { secretCertificateStore } from '../../src/adapters/kube/secret.ts';
import { configMapStatusBoard } from '../../src/adapters/kube/status-board.ts';
import { connect, type KubeTransport } from '../../src/adapters/kube/transport.ts';
import { setUpWebhooks } from '../../src/adapters/kube/webhook-configurations.ts';
import type { NetworkPolicy, NetworkPolicySpec } from '../../src/core/network-policy.ts';
import { ourMetadata } from '../../src/core/pair/metadata.ts';
import { asRecord, textOf } from '../../src/core/unknown.ts';
import type { TemplateGroup } from '../../src/ports.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { describeLeaseStore } from '../contract/lease-store.ts';
import { policyStoreContract } from '../contract/policy-store.ts';
import { failureOf } from '../support/kube-failure.ts';
import { SOON } from '../support/on-server.ts';

let api: Api;
let transport: KubeTransport;
beforeAll(async () => {
  api = await startApi();
  transport = await connectAs('admin');
});
afterAll(async () => {
  transport?.close();
  await api?.stop();
});

/** As much of one as is read here. */
interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }[];
}

function connectAs(user: Parameters<Api['kubeconfig']>[0]): Promise<KubeTransport> {
  return connect({ kind: 'kubeconfig', files: [api.kubeconfig(user)] }, { version: 'test' });
}

policyStoreContract('the API server', async () => ({ store: kubePolicyStore(transport), namespace: () => api.namespace() }), { runs: 20 });

describeLeaseStore('the API server', async () => {
  const namespace = await api.namespace();
  return () => kubeLeaseStore(transport, { namespace, name: 'leader' });
});

const SPEC: NetworkPolicySpec = {
  podSelector: { matchLabels: { app: 'api' } },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ from: [{ podSelector: { matchLabels: { app: 'front' } } }], ports: [{ protocol: 'TCP', port: 8080 }] }],
  egress: [],
};

const policy = (namespace: string, spec = SPEC): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: ourMetadata({ name: 'portcullis-allow', namespace, templateHash: '0123456789ab' }),
  spec,
});

describe('what others change in a policy is undone by the next apply', () => {
  const MERGE = 'application/merge-patch+json';
  const STRATEGIC = 'application/strategic-merge-patch+json';
  const rule = SPEC.ingress[0];
  const drifts: Record<string, readonly [string, unknown]> = {
    'egress to anywhere, where there was none': [MERGE, { spec: { egress: [{}] } }],
    'ingress from anywhere, on every port': [MERGE, { spec: { ingress: [rule, {}] } }],
    'no ingress left': [MERGE, { spec: { ingress: null } }],
    'another peer': [MERGE, { spec: { ingress: [{ ...rule, from: [...(rule?.from ?? []), { namespaceSelector: {} }] }] } }],
    'no peers left, which means all': [MERGE, { spec: { ingress: [{ ports: rule?.ports }] } }],
    'another port': [MERGE, { spec: { ingress: [{ ...rule, ports: [{ port: 22 }] }] } }],
    'one policyType less': [MERGE, { spec: { policyTypes: ['Ingress'] } }],
    'another policyType, by a strategic patch': [STRATEGIC, { spec: { policyTypes: ['Egress'] } }],
    'another rule, by a strategic patch': [STRATEGIC, { spec: { egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] } }],
    'a label more in the selector': [MERGE, { spec: { podSelector: { matchLabels: { nobody: 'has-this' } } } }],
    'an expression in the selector': [STRATEGIC, { spec: { podSelector: { matchExpressions: [{ key: 'x', operator: 'Exists' }] } } }],
    'a label less in the selector, which widens it': [MERGE, { spec: { podSelector: { matchLabels: { app: null } } } }],
    'our label gone': [MERGE, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }],
  };
  it.each(Object.entries(drifts))('%s', async (_name, [contentType, body]) => {
    const namespace = await api.namespace();
    const store = kubePolicyStore(transport);
    const made = await store.apply(policy(namespace));
    const path = policyPath(namespace, 'portcullis-allow');
    await transport.request({ method: 'PATCH', path, query: { fieldManager: 'somebody' }, contentType, body });
    const [drifted] = await store.list(namespace);
    const restored = await store.apply(policy(namespace));
    expect(drifted).not.toEqual(made);
    expect({ spec: restored.spec, labels: restored.metadata.labels }).toEqual({ spec: made.spec, labels: made.metadata.labels });
    expect((await store.list(namespace))[0]?.spec).toEqual(made.spec);
  });

  it('and again, by the same hand', async () => {
    const namespace = await api.namespace();
    const store = kubePolicyStore(transport);
    const path = policyPath(namespace, 'portcullis-allow');
    const body = { spec: { egress: [{}], podSelector: { matchLabels: { nobody: 'has-this' } } } };
    for (let i = 0; i < 3; i += 1) {
      await store.apply(policy(namespace));
      await transport.request({ method: 'PATCH', path, contentType: MERGE, body });
    }
    await store.apply(policy(namespace));
    expect((await store.list(namespace)).map(({ spec }) => spec)).toEqual([SPEC]);
  });

  it('also while somebody writes all the time', async () => {
    const namespace = await api.namespace();
    const store = kubePolicyStore(transport);
    const path = policyPath(namespace, 'portcullis-allow');
    await store.apply(policy(namespace));
    let writing = true;
    const other = (async () => {
      for (let i = 0; writing; i += 1) {
        const body = { metadata: { annotations: { count: String(i) } }, spec: { podSelector: { matchLabels: { nobody: 'has-this' } } } };
        await transport.request({ method: 'PATCH', path, contentType: MERGE, body });
      }
    })();
    const outcomes = await Promise.allSettled([store.apply(policy(namespace)), store.apply(policy(namespace))]);
    writing = false;
    await other;
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ status: 422 });
    await store.apply(policy(namespace));
    expect((await store.list(namespace)).map(({ spec }) => spec)).toEqual([SPEC]);
  });
});

describe('a policy that cannot be made', () => {
  it('in a namespace that is not there', async () => {
    expect(await failureOf(kubePolicyStore(transport).apply(policy('nowhere')))).toMatchObject({ status: 404, reason: 'NotFound' });
  });

  it('by somebody without rights', async () => {
    const alice = await connectAs('alice');
    const namespace = await api.namespace();
    expect(await failureOf(kubePolicyStore(alice).apply(policy(namespace)))).toEqual({
      status: 403,
      reason: 'Forbidden',
      message: expect.stringContaining('User "alice" cannot patch resource "networkpolicies"'),
    });
    alice.close();
  });

  it('with a spec that the API server refuses', async () => {
    const namespace = await api.namespace();
    const wrong = policy(namespace, { ...SPEC, ingress: [{ ports: [{ protocol: 'TCP', port: 0 }] }] });
    expect(await failureOf(kubePolicyStore(transport).apply(wrong))).toMatchObject({ status: 422, reason: 'Invalid' });
  });
});

describe('the certificates in a Secret', () => {
  it('are those of one replica, when many make the first ones at the same time', async () => {
    const place = { namespace: await api.namespace(), name: 'portcullis-certificates' };
    const stores = await Promise.all(Array.from({ length: 6 }, async () => secretCertificateStore(transport, place)));
    expect(await stores[0]?.read()).toBeUndefined();
    const results = await Promise.all(
      stores.map((store, index) => store.write({ 'tls.crt': `replica ${index}`, 'ca.crt': 'ä' }, undefined)),
    );
    expect(results.filter((result) => result === 'written')).toHaveLength(1);
    const stored = await stores[0]?.read();
    expect(stored?.files).toEqual({ 'tls.crt': `replica ${results.indexOf('written')}`, 'ca.crt': 'ä' });
    const renewals = await Promise.all(stores.map((store) => store.write({ 'tls.crt': 'renewed' }, stored?.version)));
    expect(renewals.filter((result) => result === 'written')).toHaveLength(1);
    expect((await stores[0]?.read())?.files).toEqual({ 'tls.crt': 'renewed' });
  });

  it('keep the type and labels of a Secret that somebody made, and conflict when it is made anew', async () => {
    const place = { namespace: await api.namespace(), name: 'portcullis-certificates' };
    const path = corePath('secrets', place.namespace);
    const given = { metadata: { name: place.name, labels: { team: 'a' } }, type: 'portcullis.dev/own' };
    await api.request('POST', path, given);
    const store = secretCertificateStore(transport, place);
    const empty = await store.read();
    expect(empty?.files).toEqual({});
    expect(await store.write({ 'tls.crt': 'x' }, undefined)).toBe('conflict');
    expect(await store.write({ 'tls.crt': 'x' }, empty?.version)).toBe('written');
    expect(await api.request('GET', `${path}/${place.name}`)).toMatchObject({ type: given.type, metadata: { labels: { team: 'a' } } });
    const before = await store.read();
    await api.request('DELETE', `${path}/${place.name}`);
    await api.request('POST', path, given);
    expect(await store.write({ 'tls.crt': 'y' }, before?.version)).toBe('conflict');
  });
});

describe('the template in ConfigMaps', () => {
  it('is delivered at first and after each change, the main one first, binary documents too, others never', async () => {
    const namespace = await api.namespace();
    const path = corePath('configmaps', namespace);
    const make = (name: string, labels: object, content: object) => api.request('POST', path, { metadata: { name, labels }, ...content });
    const labelled = { 'portcullis.dev/template': 'true' };
    await make('a-team', labelled, { data: { 'b.json': '{}', 'a.yml': 'x', 'README.md': 'no' } });
    await make('stranger', {}, { data: { 'template.yaml': 'no' } });
    await make('portcullis-template-accepted', labelled, { data: { 'groups.json': '[]' } });
    const deliveries: (readonly TemplateGroup[])[] = [];
    const source = configMapTemplateSource(transport, { namespace, health: { heard() {}, failed: (error) => expect.fail(String(error)) } });
    const stop = await source.watch((groups) => deliveries.push(groups));
    await make(
      'portcullis-template',
      {},
      { data: { 'template.yaml': 'one' }, binaryData: { 'umlaut.yaml': Buffer.from([0xe4]).toString('base64') } },
    );
    await expect.poll(() => deliveries.length).toBe(2);
    await api.request('PATCH', `${path}/portcullis-template`, { data: { 'template.yaml': 'two' }, binaryData: null });
    await expect.poll(() => deliveries.length).toBe(3);
    await api.request('DELETE', `${path}/portcullis-template`);
    await api.request('PATCH', `${path}/a-team`, { metadata: { labels: { 'portcullis.dev/template': 'false' } } });
    await expect.poll(() => deliveries.at(-1)).toEqual([]);
    await stop();
    const team = {
      name: 'a-team',
      documents: [
        { document: 'a-team/a.yml', text: 'x' },
        { document: 'a-team/b.json', text: '{}' },
      ],
    };
    const main = (...documents: object[]) => ({ name: 'portcullis-template', documents });
    expect(deliveries).toEqual([
      [team],
      [main({ document: 'template.yaml', text: 'one' }, { document: 'umlaut.yaml', text: '\ufffd' }), team],
      [main({ document: 'template.yaml', text: 'two' }), team],
      [team],
      [],
    ]);
  });

  it.each([
    ['short, for people to read', 10, { data: { 'groups.json': expect.stringContaining('"text"') } }],
    ['longer than a ConfigMap', 3_000_000, { binaryData: { 'groups.json.gz': expect.any(String) } }],
  ])('is kept when it was good: %s', async (_case, length, content) => {
    const namespace = await api.namespace();
    const store = configMapAcceptedStore(transport, namespace);
    const groups = [{ name: 'portcullis-template', documents: [{ document: 'template.yaml', text: 'x'.repeat(length) }] }];
    expect(await store.read()).toBeUndefined();
    await store.write([{ name: 'before', documents: [] }]);
    await store.write(groups);
    expect(await store.read()).toEqual(groups);
    const kept = await api.request('GET', corePath('configmaps', namespace, 'portcullis-template-accepted'));
    expect(kept).toMatchObject(content);
    expect(Object.keys({ ...asRecord(kept.data), ...asRecord(kept.binaryData) })).toHaveLength(1);
  });

  it('is not there when somebody damaged what was kept', async () => {
    const namespace = await api.namespace();
    const store = configMapAcceptedStore(transport, namespace);
    const path = corePath('configmaps', namespace, 'portcullis-template-accepted');
    await store.write([]);
    for (const body of [
      { data: { 'groups.json': '[{"name":1}]' } },
      { data: { 'groups.json': '[' } },
      { binaryData: { 'groups.json.gz': 'eHh4' } },
    ]) {
      await api.request('PATCH', path, body);
      expect(await store.read()).toBeUndefined();
    }
  });
});

describe('the gate', () => {
  const gated = (name: string, gates: string[]) => ({
    metadata: { name },
    spec: { containers: [{ name: 'web', image: 'web' }], schedulingGates: gates.map((gate) => ({ name: gate })) },
  });

  it('of a pod is lifted, and no other gate, also when the others changed meanwhile', async () => {
    const namespace = await api.namespace();
    const gates = kubeGateWriter(transport);
    const path = corePath('pods', namespace);
    const pod = keepPod(await api.request('POST', path, gated('a', ['other/one', 'portcullis.dev/policies', 'other/two'])));
    await api.request('PATCH', `${path}/a`, [{ op: 'remove', path: '/spec/schedulingGates/0' }]);
    await gates.liftGate(pod);
    const now = () => api.request('GET', `${path}/a`).then((object) => keepPod(object).schedulingGates);
    expect(await now()).toEqual(['other/two']);
    await gates.liftGate(pod); // is gone already
    expect(await now()).toEqual(['other/two']);
    const alone = keepPod(await api.request('POST', path, gated('b', ['portcullis.dev/policies'])));
    await gates.liftGate(alone);
    expect(keepPod(await api.request('GET', `${path}/b`)).schedulingGates).toEqual([]);
  });

  it('of another pod under the same name stays', async () => {
    const namespace = await api.namespace();
    const gates = kubeGateWriter(transport);
    const path = corePath('pods', namespace);
    const pod = keepPod(await api.request('POST', path, gated('a', ['portcullis.dev/policies'])));
    await api.request('DELETE', `${path}/a?gracePeriodSeconds=0`);
    await gates.liftGate(pod);
    await api.request('POST', path, gated('a', ['portcullis.dev/policies']));
    await gates.liftGate(pod);
    expect(keepPod(await api.request('GET', `${path}/a`)).schedulingGates).toEqual(['portcullis.dev/policies']);
  });

  it('of a namespace is a label that is set and taken away', async () => {
    const namespace = await api.namespace(undefined, { team: 'a' });
    const gates = kubeGateWriter(transport);
    const labels = () => api.request('GET', namespacePath(namespace)).then(({ metadata }) => metadata?.labels);
    await gates.labelGate(namespace, true);
    expect(await labels()).toMatchObject({ team: 'a', 'portcullis.dev/gate': 'open' });
    await gates.labelGate(namespace, false);
    await gates.labelGate(namespace, false);
    expect(await labels()).toEqual({ team: 'a', 'kubernetes.io/metadata.name': namespace });
    await gates.labelGate('nowhere', true);
  });
});

describe('the webhook configurations', () => {
  const entry = (name: string) => ({
    name,
    clientConfig: { service: { namespace: 'portcullis-system', name: 'portcullis', path: `/${name.split('.')[0]}` } },
    rules: [{ apiGroups: ['portcullis.test'], apiVersions: ['*'], resources: ['nothing'], operations: ['CREATE'] }],
    failurePolicy: 'Ignore',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  });

  it('get the CA in every entry and the failurePolicy of the named ones; nothing else changes', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    const webhooks = ['pods.portcullis.test', 'template.portcullis.test'].map(entry);
    const before = await api.request('POST', path, { metadata: { name: 'portcullis' }, webhooks });
    const place = { kind: 'validating', name: 'portcullis' } as const;
    const settings = { caBundle: api.ca, failurePolicy: { 'pods.portcullis.test': 'Fail', 'gone.portcullis.test': 'Fail' } } as const;
    expect(await setUpWebhooks(transport, place, settings)).toBe('patched');
    expect(await setUpWebhooks(transport, place, settings)).toBe('unchanged');
    const after = await api.request('GET', `${path}/portcullis`);
    const caBundle = Buffer.from(api.ca).toString('base64');
    const [pods, template] = (before.webhooks as { clientConfig: object }[]).map((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle },
    }));
    expect(after.webhooks).toEqual([{ ...pods, failurePolicy: 'Fail' }, template]);
    await api.request('DELETE', `${path}/portcullis`);
    expect(await setUpWebhooks(transport, place, settings)).toBe('missing');
  });
});

describe('Events', () => {
  it('tell what happened to a namespace, a pod and a ConfigMap; what happens again is counted', async () => {
    const namespace = await api.namespace();
    const pod = keepPod(
      await api.request('POST', corePath('pods', namespace), {
        metadata: { name: 'a' },
        spec: { containers: [{ name: 'a', image: 'a' }] },
      }),
    );
    const failures: unknown[] = [];
    const announcer = kubeAnnouncer(transport, {
      instance: 'portcullis-0',
      ownNamespace: namespace,
      clock: { now: () => new Date() },
      failed: (error) => failures.push(error),
      countEveryMs: 20,
    });
    for (let i = 0; i < 5; i += 1) announcer.namespace(namespace, 'PolicyDrift', 'NetworkPolicy portcullis-allow was changed');
    announcer.pod(pod, 'PolicyConflict', 'ä'.repeat(2000));
    announcer.template('portcullis-template', 'TemplateRefused', 'no');
    const list = async () => {
      const { items = [] } = await api.request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
      return items
        .map(({ regarding, reason, note, series, type }) => {
          const { kind, name } = asRecord(regarding);
          return `${type} ${kind} ${name} ${reason} ${textOf(note).slice(0, 20)} x${asRecord(series).count ?? 1}`;
        })
        .sort();
    };
    await expect
      .poll(list, { timeout: 5_000 })
      .toEqual([
        'Warning ConfigMap portcullis-template TemplateRefused no x1',
        `Warning Namespace ${namespace} PolicyDrift NetworkPolicy portcu x5`,
        `Warning Pod a PolicyConflict ${'ä'.repeat(20)} x1`,
      ]);
    announcer.namespace('nowhere', 'PolicyDrift', 'lost');
    await expect.poll(() => failures).toMatchObject([{ status: 404 }]);
    const { stdout } = await api.kubectl(['events', '-n', namespace, '--for', 'pod/a']);
    expect(stdout).toContain('PolicyConflict');
  });
});

describe('the caches of the cluster', () => {
  it('show what is there, and tell each change after they show it', async () => {
    const [shop, other] = [await api.namespace(), await api.namespace()];
    const heard = new Set<WatchedResource>();
    const told: string[] = [];
    const watch = watchCluster(transport, {
      namespaceChanged: ({ old, now }) => told.push(`namespace ${(now ?? old)?.name} ${Object.keys(now?.labels ?? {}).includes('seen')}`),
      policyChanged: (namespace) => told.push(`policies of ${namespace}: ${watch.view.policies(namespace).length}`),
      podChanged: ({ old, now }) => told.push(`pod ${(now ?? old)?.name}: ${watch.view.pods(shop).length}`),
      apiServerChanged: () => told.push(`api server ${watch.view.apiServer()}`),
      health: (resource) => ({
        failed: (error) => told.push(`${resource} failed: ${String(error)}`),
        heard: () => heard.add(resource),
      }),
    });
    await watch.synced;
    expect([...heard].sort()).toEqual(['endpointslices', 'namespaces', 'networkpolicies', 'pods']);
    expect(watch.view.namespaces().map(({ name }) => name)).toEqual(expect.arrayContaining(['default', shop, other]));
    const expectTold = (sentence: string) => expect.poll(() => told.at(-1)).toBe(sentence);
    await api.request('PATCH', namespacePath(shop), { metadata: { labels: { seen: '' } } });
    await expectTold(`namespace ${shop} true`);
    await kubePolicyStore(transport).apply(policy(shop));
    await expectTold(`policies of ${shop}: 1`);
    expect(watch.view.policies(shop)).toMatchObject([{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', spec: SPEC }]);
    await api.request('POST', corePath('pods', shop), { metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a' }] } });
    await expectTold('pod a: 1');
    await api.request('DELETE', `${corePath('pods', shop)}/a?gracePeriodSeconds=0`);
    await expectTold('pod a: 0');
    const slice = { addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.7'] }], ports: [{ port: 6443 }] };
    const metadata = { name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } };
    await api.request('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', { metadata, ...slice });
    await expectTold('api server 192.0.2.7');
    expect([watch.view.pods(other), watch.view.policies(other), watch.view.namespace('nowhere')]).toEqual([[], [], undefined]);
    await watch.stop();
  });
});

describe('the token of a service account', () => {
  it('that was replaced on disk is the next that is sent, and one that the server takes no longer ends with 401', async () => {
    const namespace = await api.namespace();
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-token-'));
    const accounts = `${namespacePath(namespace)}/serviceaccounts`;
    const mount = async (name: string) => {
      await api.request('POST', accounts, { metadata: { name } });
      const { status } = await api.request('POST', `${accounts}/${name}/token`, { spec: { expirationSeconds: 600 } });
      await writeFile(join(folder, 'new'), textOf(asRecord(status).token));
      await rename(join(folder, 'new'), join(folder, 'token'));
    };
    const { clusters } = JSON.parse(await readFile(api.kubeconfig(), 'utf8')) as Kubeconfig;
    const [{ cluster } = { cluster: { server: '', 'certificate-authority-data': '' } }] = clusters;
    await writeFile(join(folder, 'ca.crt'), Buffer.from(cluster['certificate-authority-data'], 'base64'));
    await mount('first');
    const { hostname: host, port } = new URL(cluster.server);
    const pod = await connect({ kind: 'service-account', host, port, folder }, { version: 'test' });
    const review = { method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: {} } as const;
    const whoami = async () => textOf(asRecord(asRecord(asRecord(await pod.request(review)).status).userInfo).username);
    expect(await whoami()).toBe(`system:serviceaccount:${namespace}:first`);
    await mount('second');
    expect(await whoami()).toBe(`system:serviceaccount:${namespace}:second`);
    await api.request('DELETE', `${accounts}/second`);
    await expect.poll(() => failureOf(whoami()), { timeout: 30_000 }).toMatchObject({ status: 401, reason: 'Unauthorized' });
    pod.close();
    await rm(folder, { recursive: true });
  });
});

describe('somebody whom a kubeconfig names', () => {
  it('is who calls, with the uid, the groups and the extra fields that it names', async () => {
    const { clusters, contexts, users } = JSON.parse(await readFile(api.kubeconfig(), 'utf8'));
    const [{ user, ...named }] = users;
    const extra = { 'acme.com/project': ['Größe', 'second'], É: ['x'] };
    const as = { as: 'Jörg', 'as-uid': '42', 'as-groups': ['dev', 'ops, on call'], 'as-user-extra': extra };
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-as-'));
    const file = join(folder, 'kubeconfig');
    await writeFile(
      file,
      JSON.stringify({ clusters, contexts, users: [{ ...named, user: { ...user, ...as } }], 'current-context': 'test' }),
    );
    const acting = await connect({ kind: 'kubeconfig', files: [file] }, { version: 'test' });
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status } = asRecord(await acting.request({ method: 'POST', path, body: { metadata: { annotations: { umlaut: 'ü' } } } }));
    acting.close();
    await rm(folder, { recursive: true });
    expect(asRecord(status).userInfo).toEqual({
      ...{ username: 'Jörg', uid: '42', extra },
      groups: ['dev', 'ops, on call', 'system:authenticated'],
    });
  });
});

describe('the status', () => {
  it('is a ConfigMap that holds what was written last', async () => {
    const namespace = await api.namespace();
    const board = configMapStatusBoard(transport, namespace);
    await board.write({ template: '0123', gone: 'x' });
    await board.write({ template: '4567', refused: ['one', 'two'], count: 2 });
    const { data } = await api.request('GET', corePath('configmaps', namespace, 'portcullis-status'));
    expect(data).toEqual({ template: '4567', refused: 'one\ntwo', count: '2' });
  });
});

describe('a ConfigMap of our own', () => {
  /** One that holds this, and is watched. `told`: what was done to it by others, so far. */
  async function watched(content: ConfigMapContent = { data: { a: '1', b: '2' } }) {
    const place = { namespace: await api.namespace(), name: 'portcullis-own' };
    const own = ownConfigMap(transport, place, { heard() {}, failed: (error) => void told.push(String(error)) });
    const told: string[] = [];
    const stop = own.watch((how) => void told.push(how));
    await own.write(content);
    const path = corePath('configmaps', place.namespace, place.name);
    const there = async () => {
      const { data, binaryData } = await api.request('GET', path);
      return { data, binaryData };
    };
    return { own, told, path, there, stop, content };
  }

  const edits: Record<string, object> = {
    'a value is another': { data: { a: '3' } },
    'a key is gone': { data: { a: null } },
    'a key is more': { data: { c: '3' } },
    'a key is more that is binary': { binaryData: { c: 'eA==' } },
    'nothing is left': { data: null },
  };
  it.each(Object.entries(edits))('is told of and can be brought back where %s', async (_case, body) => {
    const { own, told, path, there, stop, content } = await watched();
    const before = await there();
    await api.request('PATCH', path, body);
    await expect.poll(() => told, SOON).toEqual(['changed']);
    expect(await there()).not.toEqual(before);
    await own.write(content);
    expect(await there()).toEqual(before);
    await api.request('DELETE', path);
    await expect.poll(() => told, SOON).toEqual(['changed', 'deleted']);
    await stop();
  });

  it('is not told of where we write ourselves, or nothing that we wrote is touched', async () => {
    const { own, told, path, there, stop } = await watched();
    for (let n = 0; n < 20; n += 1) await own.write(n % 2 === 0 ? { data: { a: `${n}` } } : { binaryData: { a: 'eA==' } });
    await api.request('PATCH', path, { metadata: { labels: { team: 'a' }, annotations: { note: 'b' } } });
    await api.request('PATCH', path, { data: { mine: '' } });
    await expect.poll(() => told, SOON).toEqual(['changed']);
    expect(await there()).toEqual({ data: { mine: '' }, binaryData: { a: 'eA==' } });
    await stop();
  });

  it('is told of where the edit is the content that we wrote before the last', async () => {
    const { own, told, path, stop } = await watched({ data: { a: 'old' } });
    await own.write({ data: { a: 'new' } });
    await api.request('PATCH', path, { data: { a: 'old' } });
    await expect.poll(() => told, SOON).toEqual(['changed']);
    await stop();
  });
});

describe('a reflector', () => {
  it('hears from the server every few seconds, also where nothing happens and no bookmark comes', async () => {
    const path = corePath('configmaps', await api.namespace());
    let heard = 0;
    const onHeard = () => {
      heard += 1;
    };
    const reflector = reflect({
      transport,
      path,
      query: { fieldSelector: 'metadata.name=none' },
      keep: asRecord,
      onChange: () => {},
      onHeard,
    });
    await expect.poll(() => heard, { timeout: 40_000 }).toBeGreaterThan(2);
    await reflector.stop();
  });

  it('goes on when the API server was killed, and loses and repeats nothing', async () => {
    const namespace = await api.namespace();
    const path = corePath('configmaps', namespace);
    const seen: string[] = [];
    const errors: unknown[] = [];
    const reflector = reflect({
      transport,
      path,
      keep: (raw) => ({ name: textOf(asRecord(asRecord(raw).metadata).name), data: JSON.stringify(asRecord(raw).data) }),
      onChange: ({ type, object }) => seen.push(`${type} ${object.name} ${object.data}`),
      onError: (error) => errors.push(error),
      timing: { backoff: { baseMs: 100, capMs: 500 } },
    });
    await reflector.synced;
    await api.request('POST', path, { metadata: { name: 'before' }, data: { n: '1' } });
    await expect.poll(() => seen).toEqual(['added before {"n":"1"}']);
    await api.restart();
    await api.request('POST', path, { metadata: { name: 'after' } });
    await api.request('PATCH', `${path}/before`, { data: { n: '2' } });
    await expect
      .poll(() => seen, { timeout: 10_000 })
      .toEqual(['added before {"n":"1"}', 'added after undefined', 'changed before {"n":"2"}']);
    expect(errors.length).toBeGreaterThan(0);
    expect(reflector.lastEventAgeSeconds()).toBeLessThan(10);
    await reflector.stop();
  });
});
