import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Access, findAccess } from '../../../src/adapters/kube/access.ts';
import type { Identity } from '../../../src/adapters/kube/identity.ts';
import { serviceAccountIdentity } from '../../../src/adapters/kube/service-account.ts';
import { connect, type KubeCall, type KubeTransport, transportFor } from '../../../src/adapters/kube/transport.ts';
import { loopbackPair } from '../../cluster/pki.ts';
import { type FakeApi, type Responder, type Seen, sendJson, sendStatus, startFakeApi } from '../../support/fake-api.ts';
import { failureOf } from '../../support/kube-failure.ts';

const GET: KubeCall = { method: 'GET', path: '/api/v1/namespaces' };
const VERSION = { version: '1' };

async function write(
  api: FakeApi,
  { user = {}, cluster = {}, context = {} }: { user?: object; cluster?: object; context?: object },
): Promise<Access> {
  const file = join(api.access.folder, 'kubeconfig');
  const ca = Buffer.from(api.ca).toString('base64');
  const config = {
    clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority-data': ca, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop', ...context } }],
    'current-context': 'x',
  };
  await writeFile(file, JSON.stringify(config));
  return { kind: 'kubeconfig', files: [join(api.access.folder, 'missing'), file], env: process.env };
}

describe('the credentials', { timeout: 60_000 }, () => {
  it('are the token and CA of the pod, new with the next call, and kept while the mount is being replaced', async () => {
    await using api = await startFakeApi();
    const identity = await serviceAccountIdentity({ ...api.access, host: 'fd00::1', port: '443' });
    const bearer = async () => (await identity.credentials()).headers.authorization;
    const token = join(api.access.folder, 'token');
    expect([identity.server.href, await bearer()]).toEqual(['https://[fd00::1]/', 'Bearer first-token']);
    await replace(token, 'second-token');
    expect(await bearer()).toBe('Bearer second-token');
    await rm(token);
    expect(await bearer()).toBe('Bearer second-token');
    await replace(token, 'third-token');
    expect(await bearer()).toBe('Bearer third-token');
  });

  it('come from a kubeconfig, 200 calls over one connection, below the path of its server', async () => {
    await using api = await startFakeApi();
    api.otherwise((response) => sendJson(response, 200, {}));
    const transport = await connect(
      await write(api, { user: { token: 'of-a-person' }, cluster: { server: `${api.url}/k8s/clusters/c-1/` } }),
      VERSION,
    );
    for (let call = 0; call < 200; call += 1) await transport.request(GET);
    transport.close();
    expect(api.seen[0]).toMatchObject({ path: '/k8s/clusters/c-1/api/v1/namespaces', headers: { authorization: 'Bearer of-a-person' } });
    expect({ connections: api.connections(), namespace: transport.namespace }).toEqual({ connections: 1, namespace: 'shop' });
  });

  it('come from an exec plugin, which calls at the same moment share', async () => {
    await using api = await startFakeApi();
    api.otherwise((response) => sendJson(response, 200, {}));
    const runs = join(api.access.folder, 'runs');
    const credential = JSON.stringify({ status: { token: 'of-a-plugin', expirationTimestamp: '2999-01-01T00:00:00Z' } });
    const script = `echo run >> ${runs}; echo '${credential}'`;
    const transport = await connect(await write(api, { user: { exec: { command: 'sh', args: ['-c', script] } } }), VERSION);
    await Promise.all([transport.request(GET), transport.request(GET), transport.request(GET)]);
    await transport.request(GET);
    transport.close();
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer of-a-plugin'));
    expect(await readFile(runs, 'utf8')).toBe('run\n');
  });

  it('come from a plugin again when they have expired, and without an expiry once', async () => {
    await using api = await startFakeApi();
    api.otherwise((response) => sendJson(response, 200, {}));
    const [past, always] = ['"expirationTimestamp": "2020-01-01T00:00:00Z", ', ''].map((expiry) => `{"status": {${expiry}"token": "t"}}`);
    for (const [credential, runs] of [
      [past, 'runrun'],
      [always, 'run'],
    ]) {
      const counted = join(api.access.folder, `runs-${runs}`);
      const script = `printf run >> ${counted}; echo '${credential}'`;
      await withTransport(await write(api, { user: { exec: { command: 'sh', args: ['-c', script] } } }), async (transport) => {
        await transport.request(GET);
        await transport.request(GET);
      });
      expect(await readFile(counted, 'utf8')).toBe(runs);
    }
  });

  it('come from a plugin that is told what kubectl tells it, in the environment of the caller and of the kubeconfig', async () => {
    await using api = await startFakeApi();
    api.otherwise((response) => sendJson(response, 200, {}));
    const script = `printf '{"status": {"token": "%s/%s/%s"}}' "$FROM_CALLER" "$FROM_FILE" "$(echo $KUBERNETES_EXEC_INFO | tr -d '"')"`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      env: [{ name: 'FROM_FILE', value: 'f' }],
    };
    const access = { ...(await write(api, { user: { exec } })), env: { ...process.env, FROM_CALLER: 'c' } };
    await withTransport(access, (transport) => transport.request(GET));
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer c/f/{apiVersion:client.authentication.k8s.io/v1,kind:ExecCredential,spec:{interactive:false}}',
    ]);
  });

  it('come from the token file of a kubeconfig, beside it, new with the next call', async () => {
    await using api = await startFakeApi();
    api.otherwise((response) => sendJson(response, 200, {}));
    await writeFile(join(api.access.folder, 'mine'), 'one\n');
    await withTransport(await write(api, { user: { tokenFile: 'mine', token: 'never' } }), async (transport) => {
      await transport.request(GET);
      await replace(join(api.access.folder, 'mine'), 'two\n');
      await transport.request(GET);
    });
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  });

  it('come from certificate files of a kubeconfig, read again; a certificate that does not fit its key is a failure of that call', async () => {
    await using api = await startFakeApi();
    api.otherwise((response) => sendJson(response, 200, {}));
    const [first, second] = [loopbackPair(), loopbackPair()];
    const [cert, key] = [join(api.access.folder, 'my.crt'), join(api.access.folder, 'my.key')];
    await Promise.all([writeFile(cert, first.cert), writeFile(key, first.key)]);
    await withTransport(await write(api, { user: { 'client-certificate': 'my.crt', 'client-key': 'my.key' } }), async (transport) => {
      await transport.request(GET);
      await transport.request(GET);
      await replace(cert, second.cert);
      expect(await failureOf(transport.request(GET))).toMatchObject({ status: 0, reason: 'Credentials' });
      await replace(key, second.key);
      await transport.request(GET);
    });
    expect({ calls: api.seen.length, connections: api.connections() }).toEqual({ calls: 3, connections: 2 });
  });

  it.each([
    [
      'the plugin fails',
      { exec: { command: 'sh', args: ['-c', 'echo no login >&2; exit 1'] } },
      'the credentials of the kubeconfig cannot be used: sh: no login',
    ],
    [
      'the plugin is missing',
      { exec: { command: 'no-such-plugin', installHint: 'Get it from your team.\n' } },
      'the credentials of the kubeconfig cannot be used: no-such-plugin: it is not installed; Get it from your team.',
    ],
    [
      'the plugin prints something else',
      { exec: { command: 'echo', args: ['{}'] } },
      'the credentials of the kubeconfig cannot be used: echo: it printed no ExecCredential with a status',
    ],
  ])('are a failure of the call where %s', async (_case, user, message) => {
    await using api = await startFakeApi();
    const transport = await connect(await write(api, { user }), VERSION);
    expect(await failureOf(transport.request(GET))).toEqual({
      status: 0,
      reason: 'Credentials',
      message,
    });
  });

  it('are a client certificate: a new one gets a new connection, and what is under way goes on', async () => {
    await using api = await startFakeApi();
    const { identity, use } = changingIdentity(api);
    const transport = transportFor(identity, VERSION);
    let finish = () => {};
    api.next(
      () => true,
      (response) => {
        finish = () => sendJson(response, 200, { slow: true });
        arrived();
      },
    );
    let arrived = () => {};
    const started = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    api.otherwise((response) => sendJson(response, 200, {}));
    const slow = transport.request(GET);
    await started;
    use(loopbackPair());
    await transport.request(GET);
    await transport.request(GET);
    finish();
    expect(await slow).toEqual({ slow: true });
    transport.close();
    expect(api.connections()).toBe(2);
  });
});

/** An identity with a client certificate that can be changed. */
function changingIdentity(api: FakeApi) {
  let pair = loopbackPair();
  const identity: Identity = {
    server: new URL(api.url),
    credentials: async () => ({ headers: {}, tls: { ca: api.ca, cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) } }),
    refused: () => {},
  };
  return {
    identity,
    use: (next: typeof pair) => {
      pair = next;
    },
  };
}

/** As whoever renews a file does it: another file takes its name. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function withTransport(access: Access, work: (transport: KubeTransport) => Promise<unknown>): Promise<void> {
  const transport = await connect(access, VERSION);
  try {
    await work(transport);
  } finally {
    transport.close();
  }
}

describe('a 401', () => {
  const refuse: Responder = (response) => sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
  const bearers = (api: FakeApi) => api.seen.map(({ headers }) => headers.authorization);
  const only =
    (token: string) =>
    ({ headers }: Seen) =>
      headers.authorization !== `Bearer ${token}`;

  it('lets the files be read again, and the call goes out once more, a POST too', async () => {
    await using api = await startFakeApi();
    api.otherwise((response) => sendJson(response, 200, {}));
    const access = await write(api, { user: { token: 'old' } });
    await withTransport(access, async (transport) => {
      await transport.request(GET);
      await write(api, { user: { token: 'new' } });
      api.next(only('new'), refuse);
      await transport.request({ ...GET, method: 'POST', body: {} });
      await transport.request(GET);
    });
    expect(bearers(api)).toEqual(['Bearer old', 'Bearer old', 'Bearer new', 'Bearer new']);
  });

  it.each<[string, Parameters<typeof write>[1]]>([
    ['leads to another cluster by now', { user: { token: 'of-another' }, cluster: { server: 'https://127.0.0.1:1' } }],
    ['is gone', { user: { token: 'of-another' }, context: { cluster: 'gone' } }],
  ])('brings no token of a context that %s', async (_case, files) => {
    await using api = await startFakeApi();
    api.otherwise(refuse);
    await withTransport(await write(api, { user: { token: 'old' } }), async (transport) => {
      await write(api, files);
      expect(await failureOf(transport.request(GET))).toMatchObject({ status: 401 });
    });
    expect(bearers(api)).toEqual(['Bearer old', 'Bearer old']);
  });

  it('lets the plugin run again, once for calls that were refused together', async () => {
    await using api = await startFakeApi();
    api.otherwise((response) => sendJson(response, 200, {}));
    const runs = join(api.access.folder, 'runs');
    const script = `echo run >> ${runs}; printf '{"status": {"token": "%s"}}' $(wc -l < ${runs})`;
    await withTransport(await write(api, { user: { exec: { command: 'sh', args: ['-c', script] } } }), async (transport) => {
      for (let call = 0; call < 3; call += 1) api.next(only('2'), refuse);
      await Promise.all([transport.request(GET), transport.request(GET), transport.request(GET)]);
    });
    expect(bearers(api).sort()).toEqual([...Array(3).fill('Bearer 1'), ...Array(3).fill('Bearer 2')]);
  });

  it('of a watch is answered in the same way', async () => {
    await using api = await startFakeApi();
    api.next(() => true, refuse);
    api.next(
      () => true,
      (response) => void response.writeHead(200).end('{"a":1}\n'),
    );
    const lines: unknown[] = [];
    await withTransport(api.access, async (transport) => {
      for await (const line of transport.stream({ path: '/w', idleMs: 5_000 })) lines.push(line);
    });
    expect(lines).toEqual([{ a: 1 }]);
  });

  it('that stays is the failure of the call after a second attempt', async () => {
    await using api = await startFakeApi();
    api.otherwise(refuse);
    await withTransport(await write(api, { user: { token: 'old' } }), async (transport) => {
      expect(await failureOf(transport.request(GET))).toMatchObject({ status: 401, reason: 'Unauthorized' });
    });
    expect(bearers(api)).toEqual(['Bearer old', 'Bearer old']);
  });
});

describe('a kubeconfig that cannot be used', () => {
  const cases: Record<string, { files: Parameters<typeof write>[1]; context?: string; message: string }> = {
    'names a context that is not there': {
      files: {},
      context: 'prod',
      message: 'the kubeconfig has no context "prod" (kubectl config get-contexts shows them)',
    },
    'names a cluster that is not there': {
      files: { context: { cluster: 'gone' } },
      message: 'context "x" of the kubeconfig is of cluster "gone", which it does not describe',
    },
    'would send a token in the clear': {
      files: { cluster: { server: 'http://127.0.0.1:8001' } },
      message: 'the API server http://127.0.0.1:8001 is not reached by https: a token would be sent in the clear',
    },
    'has an address that is none': {
      files: { cluster: { server: 'somewhere' } },
      message: 'the cluster of the kubeconfig has no usable server address "somewhere"',
    },
  };
  it.each(Object.entries(cases))('%s', async (_sentence, { files, context, message }) => {
    await using api = await startFakeApi();
    const access = { ...(await write(api, files)), ...(context === undefined ? {} : { context }) };
    expect(await failureOf(connect(access, VERSION))).toEqual({ status: 0, reason: 'Credentials', message });
  });

  it('is not there, or is no kubeconfig', async () => {
    await using api = await startFakeApi();
    const missing = join(api.access.folder, 'missing');
    const broken = join(api.access.folder, 'broken');
    await writeFile(broken, 'a: [');
    expect(await failureOf(connect({ kind: 'kubeconfig', files: [missing] }, VERSION))).toMatchObject({
      message: `there is no kubeconfig at ${missing}; name one with --kubeconfig or KUBECONFIG`,
    });
    expect(await failureOf(connect({ kind: 'kubeconfig', files: [broken] }, VERSION))).toMatchObject({
      reason: 'Credentials',
      message: expect.stringContaining(`the kubeconfig ${broken} cannot be read`),
    });
    expect(await failureOf(connect({ kind: 'kubeconfig', files: [api.access.folder] }, VERSION))).toMatchObject({
      reason: 'Credentials',
      message: `the kubeconfig ${api.access.folder} cannot be read: it is a folder, not a file`,
    });
    const empty = join(api.access.folder, 'empty');
    await writeFile(empty, 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n');
    expect(await failureOf(connect({ kind: 'kubeconfig', files: [empty] }, VERSION))).toMatchObject({
      message: 'the kubeconfig has no current context; name one with --context (kubectl config get-contexts shows them)',
    });
  });

  it('lacks a service account', async () => {
    const folder = '/nowhere/at/all';
    expect(await failureOf(connect({ kind: 'service-account', host: 'h', port: '1', folder }, VERSION))).toMatchObject({
      reason: 'Credentials',
      message: expect.stringContaining('the service account of this pod cannot be read'),
    });
  });
});

describe('the client library', () => {
  it('is loaded only when a kubeconfig is opened: every other use of it is a type', async () => {
    const folder = new URL('../../../src/adapters/kube/', import.meta.url);
    const sources = await Promise.all((await readdir(folder)).map((file) => readFile(new URL(file, folder), 'utf8')));
    const lines = sources.flatMap((source) => source.split('\n').filter((line) => line.includes('@kubernetes/client-node')));
    expect(lines).toEqual([
      "import type { KubeConfig } from '@kubernetes/client-node';",
      "  const { KubeConfig, loadYaml } = await import('@kubernetes/client-node');",
      "import type { Cluster, KubeConfig } from '@kubernetes/client-node';",
    ]);
  });
});

describe('the way to the cluster', () => {
  const POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

  it('is the named file, else KUBECONFIG, else the file in the home folder', async () => {
    const home = await mkdtemp(join(tmpdir(), 'portcullis-home-'));
    const own = join(home, '.kube', 'config');
    await mkdir(join(home, '.kube'));
    await writeFile(own, '{}');
    const env = { HOME: home, ...POD };
    expect(await findAccess({ kubeconfig: '/a', env: { KUBECONFIG: '/b', ...env } })).toEqual({
      kind: 'kubeconfig',
      files: ['/a'],
      env: { KUBECONFIG: '/b', ...env },
    });
    expect(await findAccess({ context: 'x', env: { KUBECONFIG: '/b::/c', ...env } })).toEqual({
      kind: 'kubeconfig',
      files: ['/b', '/c'],
      context: 'x',
      env: { KUBECONFIG: '/b::/c', ...env },
    });
    expect(await findAccess({ env })).toEqual({ kind: 'kubeconfig', files: [own], env });
    await rm(home, { recursive: true });
    expect(await findAccess({ env })).toEqual({ kind: 'kubeconfig', files: [own], env }); // no pod either: no token is mounted here
  });
});
