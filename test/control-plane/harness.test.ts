import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import type { ApiObject } from '../cluster/client.ts';
import { kubectlFor } from '../cluster/kubectl.ts';
import { loopbackPair } from '../cluster/pki.ts';
import { isAlive } from '../cluster/proc.ts';
import { sweep } from '../cluster/sweep.ts';
import { until } from '../cluster/wait.ts';
import { pointWebhooks, type WebhookConfiguration } from '../cluster/webhook.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  await api?.stop();
});

const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'web', image: 'web' }] } });
const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const names = (list: ApiObject) => list.items?.map((item) => item.metadata?.name);

describe('a fresh API server', () => {
  it('is the release of Kubernetes that the module names', async () => {
    expect(await api.request('GET', '/version')).toMatchObject({ gitVersion: 'v1.36.3' });
  });

  it('makes pods in their production shape: the ServiceAccount plugin mounts a token', async () => {
    const namespace = await api.namespace();
    const made = await api.request('POST', pods(namespace), pod('web'));
    expect(made).toMatchObject({
      spec: { serviceAccountName: 'default', volumes: [{ name: expect.stringMatching(/^kube-api-access-/) }] },
    });
  });

  it('makes pods in the namespace "default" too', async () => {
    expect(await api.request('POST', `${pods('default')}?dryRun=All`, pod('web'))).toMatchObject({ kind: 'Pod' });
  });

  it('gives a namespace the name and labels that are asked for', async () => {
    const name = await api.namespace('shop', { team: 'a' });
    expect(name).toBe('shop');
    expect((await api.request('GET', '/api/v1/namespaces/shop')).metadata?.labels).toMatchObject({ team: 'a' });
  });

  it('forgets a namespace that is finalized', async () => {
    const namespace = await api.namespace();
    await api.finalize(namespace);
    expect(await api.call({ method: 'GET', path: `/api/v1/namespaces/${namespace}` })).toMatchObject({ status: 404 });
  });

  it('says what it refuses in the words of its Status', async () => {
    await expect(api.request('GET', '/api/v1/namespaces/nowhere')).rejects.toThrow(
      'GET /api/v1/namespaces/nowhere: 404 namespaces "nowhere" not found',
    );
  });

  it('tells a JSON Patch from a Merge Patch by its shape', async () => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await api.request('POST', path, { metadata: { name: 'a' }, data: { one: '1', two: '2' } });
    await api.request('PATCH', `${path}/a`, [{ op: 'remove', path: '/data/one' }]);
    expect(await api.request('PATCH', `${path}/a`, { data: { three: '3' } })).toMatchObject({ data: { two: '2', three: '3' } });
  });
});

describe('kubectl', () => {
  it('applies what it is given on standard input', async () => {
    const namespace = await api.namespace();
    const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace } });
    const result = await api.kubectl(['apply', '-f', '-'], { stdin: manifest });
    expect(result).toEqual({ code: 0, stdout: 'configmap/a created\n', stderr: '' });
  });

  it('answers the exit code and words of a failure', async () => {
    const { code, stderr } = await api.kubectl(['get', 'pods'], { user: 'alice' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('User "alice" cannot list resource "pods"') });
  });

  it('asks nobody where its kubeconfig is gone', async () => {
    const gone = join(tmpdir(), 'no-such-folder');
    const { code, stderr } = await kubectlFor(join(api.programs, 'kubectl'), gone)(['get', 'pods']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`stat ${gone}/admin.kubeconfig: no such file or directory`),
    });
  });
});

describe('users', () => {
  it('refuses alice until RBAC lets her', async () => {
    const namespace = await api.namespace();
    const asAlice = { method: 'GET', path: pods(namespace), user: 'alice' } as const;
    expect((await api.call(asAlice)).status).toBe(403);
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    await api.request('POST', `${rbac}/roles`, {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    });
    await api.request('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'alice' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
    });
    await until('RBAC to let alice read pods', async () => (await api.call(asAlice)).status === 200, { deadline: 5_000 });
  });

  it.each(['portcullis', 'portcullis-controller'] as const)('logs %s in as the service account of the product', async (user) => {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    expect((await api.call({ method: 'POST', path, user, body: {} })).body).toMatchObject({
      status: {
        userInfo: {
          username: `system:serviceaccount:portcullis-system:${user}`,
          groups: ['system:serviceaccounts', 'system:serviceaccounts:portcullis-system', 'system:authenticated'],
        },
      },
    });
  });

  it('keeps an audit trail of the product, and of nobody else', async () => {
    await api.call({ method: 'GET', path: '/api/v1/namespaces/default/secrets/s', user: 'alice' });
    await api.call({ method: 'GET', path: '/api/v1/namespaces/default/secrets/s', user: 'portcullis' });
    const secrets = () => api.auditEvents().filter(({ objectRef }) => objectRef?.resource === 'secrets');
    await until('the request in the audit trail', async () => secrets().length > 0, { deadline: 5_000 });
    expect(secrets()).toMatchObject([
      {
        stage: 'ResponseComplete',
        verb: 'get',
        user: { username: 'system:serviceaccount:portcullis-system:portcullis' },
        objectRef: { resource: 'secrets', namespace: 'default', name: 's' },
        responseStatus: { code: 403 },
      },
    ]);
  });
});

describe('a webhook on 127.0.0.1', () => {
  it('is asked from when pointWebhooks returns, denies with its own message, and is gone when removed', async () => {
    const namespace = await api.namespace();
    await using hook = await denyingServer('not on my watch');
    const make = (name: string) =>
      api.call({ method: 'POST', path: `/api/v1/namespaces/${namespace}/configmaps`, body: { metadata: { name } } });
    const remove = await pointWebhooks(api, hook, [denyConfigMaps(namespace)]);
    expect(await make('a')).toMatchObject({
      status: 403,
      body: { message: 'admission webhook "deny.cluster.test" denied the request: not on my watch' },
    });
    await remove();
    expect(await make('b')).toMatchObject({ status: 201 });
    expect(hook.asked).toEqual(['/deny a']);
  });
});

describe('failures', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('keeps its objects when the API server is restarted by %s', async (signal) => {
    const namespace = await api.namespace();
    await api.request('POST', pods(namespace), pod('web'));
    await api.restart(signal);
    expect(names(await api.request('GET', pods(namespace)))).toEqual(['web']);
  });

  it('loses etcd, writes nothing meanwhile, and goes on when it is back', async () => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await api.request('POST', path, { metadata: { name: 'before' } });
    await api.killEtcd();
    const meanwhile = api.call({ method: 'POST', path, body: { metadata: { name: 'meanwhile' } }, timeout: 500 });
    const failed = await meanwhile.then(
      ({ status }) => status === 500,
      () => true,
    ); // the server hangs, or says that it cannot
    await api.startEtcd();
    expect(failed).toBe(true);
    await api.request('POST', path, { metadata: { name: 'after' } });
    expect(names(await api.request('GET', path))).toEqual(expect.arrayContaining(['after', 'before']));
  });

  it('leaves no process behind when its own process is killed by kill -9, and the next run removes the folder', async () => {
    const holder = spawn(process.execPath, ['--import', 'tsx', 'test/cluster/hold.ts'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { value: line } = await createInterface(holder.stdout)[Symbol.asyncIterator]().next();
    const { pids, dir }: { pids: number[]; dir: string } = JSON.parse(line);
    expect(pids.map(isAlive)).toEqual([true, true]);
    holder.kill('SIGKILL');
    await until('etcd and the API server to be gone', async () => !pids.some(isAlive), { deadline: 10_000 });
    await sweep(); // or another run that starts just now
    expect(existsSync(dir)).toBe(false);
  });
});

describe('several at once', () => {
  it('keeps two servers apart, and the controller manager makes the ServiceAccounts of one that has it', async () => {
    const other = await startApi({ kcm: true });
    try {
      await other.request('POST', '/api/v1/namespaces', { metadata: { name: 'only-there' } });
      const account = { method: 'GET', path: '/api/v1/namespaces/only-there/serviceaccounts/default' } as const;
      await until('the ServiceAccount', async () => (await other.call(account)).status === 200, { deadline: 20_000 });
      expect(await api.call({ method: 'GET', path: '/api/v1/namespaces/only-there' })).toMatchObject({ status: 404 });
    } finally {
      await other.stop();
    }
  });
});

const denyConfigMaps = (namespace: string): WebhookConfiguration => ({
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'deny' },
  webhooks: [
    {
      name: 'deny.cluster.test',
      clientConfig: { service: { path: '/deny' } },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
});

/** A webhook server that denies all with a message, and remembers by which path and for which object it was asked. */
async function denyingServer(message: string) {
  const pair = loopbackPair();
  const asked: string[] = [];
  const server = createServer(pair, async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { apiVersion, kind, request: review } = JSON.parse(text);
    asked.push(`${request.url?.split('?')[0]} ${review.name}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.uid, allowed: false, status: { code: 403, message } } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    ca: pair.cert,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
