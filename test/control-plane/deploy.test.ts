import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GateServer } from '../../src/adapters/http/server.ts';
import { type AdmissionRequest, allowed } from '../../src/core/admission.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { pointWebhooks, type WebhookConfiguration } from '../cluster/webhook.ts';
import { makeServing, startTestGate } from '../support/gate.ts';

/** What of the shipped manifests reaches the gate, on a real API server: the match conditions are compiled and run there. */

const DEPLOY = new URL('../../deploy/', import.meta.url);
const configuration = (file: string) => load(readFileSync(new URL(`base/${file}`, DEPLOY), 'utf8')) as WebhookConfiguration;

let api: Api;
let gate: GateServer;
let removeWebhooks: () => Promise<void>;
let asked: string[] = [];

const remember = (path: string) => (request: AdmissionRequest) => {
  const { operation, resource, subResource } = request;
  asked.push(`${path} ${operation} ${resource.resource}${subResource === '' ? '' : `/${subResource}`}`);
  return allowed('test');
};

beforeAll(async () => {
  const [serving, server] = await Promise.all([makeServing(), startApi()]);
  api = server;
  gate = await startTestGate(serving, { validate: remember('validate'), mutate: remember('mutate') });
  await api.namespace('portcullis-system');
  // Fail, so that a condition that cannot be evaluated shows as a refusal.
  const strict = ['validating-webhook.yaml', 'mutating-webhook.yaml'].map(configuration).map((one) => ({
    ...one,
    webhooks: one.webhooks.map((webhook) => ({ ...webhook, failurePolicy: 'Fail' })),
  }));
  removeWebhooks = await pointWebhooks(api, { port: gate.port, ca: serving.ca }, strict);
});

afterAll(async () => {
  await api?.stop();
  await gate?.stop({ delayMs: 0 });
});

beforeEach(() => {
  asked = [];
});

/** The calls that this work causes, each once, in the order of the alphabet. */
async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
  asked = [];
  await work();
  return [...new Set(asked)].sort();
}

const POD = { spec: { containers: [{ name: 'web', image: 'web', ports: [{ containerPort: 8080 }] }] } };
const TEMPLATE = { metadata: { labels: { app: 'web' } }, ...POD };
const SELECTOR = { matchLabels: { app: 'web' } };

describe('pods', () => {
  it('are asked about twice when they are made, and once where the namespace has nothing to wait for', async () => {
    const waiting = await api.namespace();
    const open = await api.namespace(undefined, { 'portcullis.dev/gate': 'open' });
    const make = (namespace: string) => api.request('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata: { name: 'web' }, ...POD });
    expect(await callsOf(() => make(waiting))).toEqual(['mutate CREATE pods', 'validate CREATE pods']);
    expect(await callsOf(() => make(open))).toEqual(['validate CREATE pods']);
  });

  it('that have their node, or our gate already, are not mutated', async () => {
    const namespace = await api.namespace();
    const make = (name: string, spec: object) =>
      callsOf(() => api.request('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata: { name }, spec: { ...POD.spec, ...spec } }));
    expect(await make('bound', { nodeName: 'node1' })).toEqual(['validate CREATE pods']);
    expect(await make('gated', { schedulingGates: [{ name: 'portcullis.dev/policies' }] })).toEqual(['validate CREATE pods']);
    expect(await make('other', { schedulingGates: [{ name: 'example.com/other' }] })).toEqual([
      'mutate CREATE pods',
      'validate CREATE pods',
    ]);
  });

  it.each<[string, object | object[], string[]]>([
    ['an annotation', { metadata: { annotations: { a: 'b' } } }, []],
    ['a finalizer', { metadata: { finalizers: ['example.com/wait'] } }, []],
    ['an image', [{ op: 'replace', path: '/spec/containers/0/image', value: 'other' }], []],
    ['a label', { metadata: { labels: { app: 'api' } } }, ['validate UPDATE pods']],
    ['a gate that is lifted', { spec: { schedulingGates: [] } }, ['validate UPDATE pods']],
  ])('an update of %s', async (_, patch, expected) => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const spec = { ...POD.spec, schedulingGates: [{ name: 'example.com/gate' }] };
    await api.request('POST', path, { metadata: { name: 'web' }, spec });
    expect(await callsOf(() => api.request('PATCH', `${path}/web`, patch))).toEqual(expected);
  });

  it('with a debug container are seen, and labels that come with a status; status itself and deletion are not', async () => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await api.request('POST', path, { metadata: { name: 'web' }, ...POD });
    const debug = [{ op: 'add', path: '/spec/ephemeralContainers', value: [{ name: 'debug', image: 'debug' }] }];
    expect(await callsOf(() => api.request('PATCH', `${path}/web/ephemeralcontainers`, debug))).toEqual([
      'validate UPDATE pods/ephemeralcontainers',
    ]);
    const status = { status: { phase: 'Running' } };
    expect(await callsOf(() => api.request('PATCH', `${path}/web/status`, status))).toEqual([]);
    const labels = { metadata: { labels: { app: 'api' } } };
    expect(await callsOf(() => api.request('PATCH', `${path}/web/status`, labels))).toEqual(['validate UPDATE pods/status']);
    expect(await callsOf(() => api.request('DELETE', `${path}/web?gracePeriodSeconds=0`))).toEqual([]);
  });

  it('get their node without a question, and with one where the Binding sets labels that are not of the topology', async () => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}`;
    const zone = { 'topology.kubernetes.io/zone': 'north' };
    await api.request('POST', '/api/v1/nodes', { metadata: { name: 'node-of-the-north', labels: zone } });
    const bind = async (name: string, labels?: object, older = false) => {
      await api.request('POST', `${path}/pods`, { metadata: { name }, ...POD });
      const metadata = { name, ...(labels === undefined ? {} : { labels }) };
      const body = { apiVersion: 'v1', kind: 'Binding', metadata, target: { kind: 'Node', name: 'node-of-the-north' } };
      const calls = await callsOf(() => api.request('POST', older ? `${path}/bindings` : `${path}/pods/${name}/binding`, body));
      return { calls, labels: (await api.request('GET', `${path}/pods/${name}`)).metadata?.labels };
    };
    let tried = 0;
    // The API server learns of the node when it does; then it adds the label itself, where the gate would see it.
    await until(
      'the API server to label pods by their node',
      async () => {
        const { calls, labels } = await bind(`plain-${tried++}`);
        expect(calls).toEqual([]);
        return labels !== undefined;
      },
      { deadline: 30_000 },
    );
    expect([
      await bind('plain'),
      await bind('older', undefined, true),
      await bind('zone', zone),
      await bind('labeled', { app: 'api' }),
      await bind('older-labeled', { app: 'api' }, true),
    ]).toEqual([
      { calls: [], labels: zone },
      { calls: [], labels: undefined },
      { calls: [], labels: zone },
      { calls: ['validate CREATE pods/binding'], labels: { ...zone, app: 'api' } },
      { calls: ['validate CREATE bindings'], labels: { app: 'api' } },
    ]);
  });

  it('of the cluster and of ourselves are none of our business', async () => {
    const calls = await callsOf(async () => {
      for (const namespace of ['kube-system', 'portcullis-system']) {
        const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
        await api.call({ method: 'POST', path, body: { metadata: { name: 'web' }, ...POD } });
      }
    });
    expect(calls).toEqual([]);
  });

  it('in a dry run get the same answer', async () => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
    const calls = await callsOf(() => api.request('POST', path, { metadata: { name: 'web' }, ...POD }));
    expect(calls).toEqual(['mutate CREATE pods', 'validate CREATE pods']);
  });
});

describe('workloads are asked about when they are made and when their pod template changes', () => {
  const job = { template: { ...TEMPLATE, spec: { ...POD.spec, restartPolicy: 'Never' } } };
  const simple = { selector: SELECTOR, template: TEMPLATE };
  const image = (path: string) => [{ op: 'replace', path: `${path}/spec/containers/0/image`, value: 'other' }];
  it.each<[string, string, object, object[] | undefined]>([
    ['deployments', '/apis/apps/v1', simple, image('/spec/template')],
    ['replicasets', '/apis/apps/v1', simple, image('/spec/template')],
    ['statefulsets', '/apis/apps/v1', simple, image('/spec/template')],
    ['daemonsets', '/apis/apps/v1', simple, image('/spec/template')],
    ['replicationcontrollers', '/api/v1', { template: TEMPLATE }, image('/spec/template')],
    // The template of a Job never changes.
    ['jobs', '/apis/batch/v1', job, undefined],
    ['cronjobs', '/apis/batch/v1', { schedule: '0 0 * * *', jobTemplate: { spec: job } }, image('/spec/jobTemplate/spec/template')],
  ])('%s', async (resource, group, spec, change) => {
    const namespace = await api.namespace();
    const path = `${group}/namespaces/${namespace}/${resource}`;
    const annotate = { metadata: { annotations: { a: 'b' } } };
    expect(await callsOf(() => api.request('POST', path, { metadata: { name: 'web' }, spec }))).toEqual([`validate CREATE ${resource}`]);
    expect(await callsOf(() => api.request('PATCH', `${path}/web`, annotate))).toEqual([]);
    if (change === undefined) return;
    expect(await callsOf(() => api.request('PATCH', `${path}/web`, change))).toEqual([`validate UPDATE ${resource}`]);
  });
});

describe('namespaces', () => {
  it('are asked about when they are made and relabeled, and mutated only where they carry our label', async () => {
    const path = '/api/v1/namespaces';
    expect(await callsOf(() => api.request('POST', path, { metadata: { name: 'plain' } }))).toEqual(['validate CREATE namespaces']);
    const marked = { metadata: { name: 'marked', labels: { 'portcullis.dev/gate': 'open' } } };
    expect(await callsOf(() => api.request('POST', path, marked))).toEqual(['mutate CREATE namespaces', 'validate CREATE namespaces']);
    const annotate = { metadata: { annotations: { a: 'b' } } };
    expect(await callsOf(() => api.request('PATCH', `${path}/plain`, annotate))).toEqual([]);
    const relabel = { metadata: { labels: { team: 'a' } } };
    expect(await callsOf(() => api.request('PATCH', `${path}/plain`, relabel))).toEqual(['validate UPDATE namespaces']);
  });
});

describe('ConfigMaps', () => {
  it.each<[string, object, string[]]>([
    ['the template', { name: 'portcullis-template' }, ['CREATE', 'DELETE', 'UPDATE']],
    ['a further one by its label', { name: 'shop', labels: { 'portcullis.dev/template': 'true' } }, ['CREATE', 'DELETE', 'UPDATE']],
    ['another', { name: 'other' }, []],
  ])('of our namespace: %s', async (_, metadata, operations) => {
    const path = '/api/v1/namespaces/portcullis-system/configmaps';
    const { name } = metadata as { name: string };
    const calls = await callsOf(async () => {
      await api.request('POST', path, { metadata });
      await api.request('PATCH', `${path}/${name}`, { data: { a: 'b' } });
      await api.request('DELETE', `${path}/${name}`);
    });
    expect(calls).toEqual(operations.map((operation) => `validate ${operation} configmaps`));
  });

  it('that stop being a template are asked about: the old object counts as well', async () => {
    const path = '/api/v1/namespaces/portcullis-system/configmaps';
    await api.request('POST', path, { metadata: { name: 'leaving', labels: { 'portcullis.dev/template': 'true' } } });
    const unlabel = [{ op: 'remove', path: '/metadata/labels' }];
    expect(await callsOf(() => api.request('PATCH', `${path}/leaving`, unlabel))).toEqual(['validate UPDATE configmaps']);
  });

  it('with a generated name are made without a question', async () => {
    const path = '/api/v1/namespaces/portcullis-system/configmaps';
    expect(await callsOf(() => api.request('POST', path, { metadata: { generateName: 'other-' } }))).toEqual([]);
  });

  it('of other namespaces are nobody’s template', async () => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    expect(await callsOf(() => api.request('POST', path, { metadata: { name: 'portcullis-template' } }))).toEqual([]);
  });
});

describe('policies', () => {
  it.each<[string, object, string[]]>([
    ['ours by its name', { name: 'portcullis-block' }, ['CREATE', 'DELETE', 'UPDATE']],
    ['ours by its label', { name: 'mine', labels: { 'app.kubernetes.io/managed-by': 'portcullis' } }, ['CREATE', 'DELETE', 'UPDATE']],
    ['of a tenant', { name: 'tenant' }, ['CREATE', 'UPDATE']],
  ])('%s', async (_, metadata, operations) => {
    const namespace = await api.namespace();
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    const { name } = metadata as { name: string };
    const calls: string[] = [];
    await callsOf(async () => {
      await api.request('POST', path, { metadata, spec: { podSelector: {} } });
      await api.request('PATCH', `${path}/${name}`, { spec: { ingress: [{}] } });
      await api.request('DELETE', `${path}/${name}`);
      calls.push(...asked);
    });
    // Once each: an object belongs to one of the two entries, never to both.
    expect(calls.sort()).toEqual(operations.map((operation) => `validate ${operation} networkpolicies`));
  });

  it('with a generated name of a tenant are asked about once', async () => {
    const namespace = await api.namespace();
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    await api.request('POST', path, { metadata: { generateName: 'tenant-' }, spec: { podSelector: {} } });
    expect(asked.filter((call) => call.includes('networkpolicies'))).toEqual(['validate CREATE networkpolicies']);
  });

  it('with a generated name of ours are ours', async () => {
    const namespace = await api.namespace();
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    await api.request('POST', path, { metadata: { generateName: 'portcullis-' }, spec: { podSelector: {} } });
    expect(asked.filter((call) => call.includes('networkpolicies'))).toEqual(['validate CREATE networkpolicies']);
  });

  it('that our controller writes are not asked about', async () => {
    const namespace = await api.namespace();
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const rules = [{ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['create'] }];
    const subjects = [{ kind: 'ServiceAccount', name: 'portcullis-controller', namespace: 'portcullis-system' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'writer' };
    await api.request('POST', `${rbac}/roles`, { metadata: { name: 'writer' }, rules });
    await api.request('POST', `${rbac}/rolebindings`, { metadata: { name: 'writer' }, roleRef, subjects });
    const body = { metadata: { name: 'portcullis-block' }, spec: { podSelector: {} } };
    const calls = await callsOf(() => untilAccepted(() => api.call({ method: 'POST', path, user: 'portcullis-controller', body })));
    expect(calls).toEqual([]);
  });
});

/** RBAC takes a moment to be heard of. */
async function untilAccepted(call: () => Promise<{ readonly status: number }>): Promise<void> {
  while ((await call()).status === 403) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('the whole base', () => {
  it('is accepted by the API server, and applying it again would change nothing', async () => {
    await removeWebhooks();
    const folder = fileURLToPath(new URL('base', DEPLOY));
    const first = await api.kubectl(['apply', '-k', folder]);
    // The namespace was made by the test, not by kubectl.
    const errors = first.stderr.split('\n').filter((line) => line !== '' && !/^Warning: .*last-applied-configuration/.test(line));
    expect([first.code, errors]).toEqual([0, []]);
    expect(await api.kubectl(['diff', '-k', folder])).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
