import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Access, findAccess } from '../../../src/adapters/kube/access.ts';
import type { Identity } from '../../../src/adapters/kube/identity.ts';
import { serviceAccountIdentity } from '../../../src/adapters/kube/service-account.ts';
import { connect, type KubeCall, transportFor } from '../../../src/adapters/kube/transport.ts';
import { loopbackPair } from '../../cluster/pki.ts';
import { type FakeApi, sendJson, startFakeApi } from '../../support/fake-api.ts';
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
  return { kind: 'kubeconfig', files: [join(api.access.folder, 'missing'), file] };
}

describe('the credentials', () => {
  it('are the token and CA of the pod, read again once a minute, and kept while the mount is being replaced', async () => {
    await using api = await startFakeApi();
    let now = 0;
    const identity = await serviceAccountIdentity({ ...api.access, host: 'fd00::1', port: '443' }, () => now);
    const tokenAfter = async (ms: number) => {
      now += ms;
      return (await identity.credentials()).headers.authorization;
    };
    const token = join(api.access.folder, 'token');
    await writeFile(token, 'second-token');
    expect([identity.server.href, await tokenAfter(60_000)]).toEqual(['https://[fd00::1]/', 'Bearer first-token']);
    expect(await tokenAfter(1)).toBe('Bearer second-token');
    await rm(token);
    expect(await tokenAfter(120_000)).toBe('Bearer second-token');
    await writeFile(token, 'third-token');
    expect(await tokenAfter(0)).toBe('Bearer third-token');
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

  it.each([
    [
      'the plugin fails',
      { exec: { command: 'sh', args: ['-c', 'echo no login >&2; exit 1'] } },
      'the credentials of the kubeconfig cannot be used: no login',
    ],
    [
      'the plugin is missing',
      { exec: { command: 'no-such-plugin' } },
      'the credentials of the kubeconfig cannot be used: spawn no-such-plugin ENOENT',
    ],
  ])('are a failure of the call where %s', async (_case, user, message) => {
    await using api = await startFakeApi();
    const transport = await connect(await write(api, { user }), VERSION);
    expect(await failureOf(transport.request(GET))).toEqual({
      status: 0,
      reason: 'Credentials',
      message: expect.stringContaining(message),
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
  };
  return {
    identity,
    use: (next: typeof pair) => {
      pair = next;
    },
  };
}

describe('a kubeconfig that cannot be used', () => {
  const cases: Record<string, { files: Parameters<typeof write>[1]; context?: string; message: string }> = {
    'names a context that is not there': {
      files: {},
      context: 'prod',
      message: 'the kubeconfig has no usable context "prod" (kubectl config get-contexts shows them)',
    },
    'names a cluster that is not there': {
      files: { context: { cluster: 'gone' } },
      message: 'the kubeconfig has no usable context "x" (kubectl config get-contexts shows them)',
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
      message: `there is no kubeconfig at ${missing}`,
    });
    expect(await failureOf(connect({ kind: 'kubeconfig', files: [broken] }, VERSION))).toMatchObject({
      reason: 'Credentials',
      message: expect.stringContaining(`the kubeconfig ${broken} cannot be read`),
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
      "  const { KubeConfig } = await import('@kubernetes/client-node');",
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
    expect(await findAccess({ kubeconfig: '/a', env: { KUBECONFIG: '/b', ...env } })).toEqual({ kind: 'kubeconfig', files: ['/a'] });
    expect(await findAccess({ context: 'x', env: { KUBECONFIG: '/b::/c', ...env } })).toEqual({
      kind: 'kubeconfig',
      files: ['/b', '/c'],
      context: 'x',
    });
    expect(await findAccess({ env })).toEqual({ kind: 'kubeconfig', files: [own] });
    await rm(home, { recursive: true });
    expect(await findAccess({ env })).toEqual({ kind: 'kubeconfig', files: [own] }); // no pod either: no token is mounted here
  });
});
