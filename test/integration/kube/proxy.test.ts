import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Access } from '../../../src/adapters/kube/access.ts';
import { podExec } from '../../../src/adapters/kube/exec.ts';
import { type Environment, proxyFor } from '../../../src/adapters/kube/proxy-environment.ts';
import { connect, type KubeCall } from '../../../src/adapters/kube/transport.ts';
import { type ConnectProxy, startConnectProxy } from '../../support/connect-proxy.ts';
import { startExecServer } from '../../support/exec-server.ts';
import { type FakeApi, sendJson, startFakeApi } from '../../support/fake-api.ts';
import { failureOf } from '../../support/kube-failure.ts';

const GET: KubeCall = { method: 'GET', path: '/api/v1/namespaces' };

/** A server that only a proxy can find. */
const BEHIND = 'https://cluster.invalid:6443';

async function setUp() {
  const api = await startFakeApi();
  api.otherwise((response) => sendJson(response, 200, { ok: true }));
  const proxy = await startConnectProxy(api.port);
  return {
    api,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

async function kubeconfig(api: FakeApi, cluster: object, env: Environment = {}): Promise<Access> {
  const file = join(api.access.folder, 'kubeconfig');
  const config = {
    clusters: [{ name: 'c', cluster: { server: BEHIND, 'insecure-skip-tls-verify': true, ...cluster } }],
    users: [{ name: 'u', user: { token: 'of-a-person' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(file, JSON.stringify(config));
  return { kind: 'kubeconfig', files: [file], env };
}

async function askTwice(access: Access): Promise<unknown> {
  const transport = await connect(access, { version: '1' });
  try {
    await transport.request(GET);
    return await transport.request(GET);
  } finally {
    transport.close();
  }
}

const at = ({ port }: ConnectProxy) => `127.0.0.1:${port}`;

describe('a proxy', { timeout: 60_000 }, () => {
  it('of the kubeconfig is asked for one tunnel, with its name and password, and the calls go through it', async () => {
    await using t = await setUp();
    expect(await askTwice(await kubeconfig(t.api, { 'proxy-url': `http://me:a%20b@${at(t.proxy)}` }))).toEqual({ ok: true });
    expect(t.proxy.asked).toEqual([{ target: 'cluster.invalid:6443', authorization: `Basic ${Buffer.from('me:a b').toString('base64')}` }]);
    expect(t.api.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer of-a-person', 'Bearer of-a-person']);
  });

  it('of the environment is used where the kubeconfig names none, and not where it does', async () => {
    await using t = await setUp();
    await using other = await startConnectProxy(t.api.port);
    const env = { HTTPS_PROXY: at(t.proxy), NO_PROXY: 'elsewhere.invalid' };
    expect(await askTwice(await kubeconfig(t.api, {}, env))).toEqual({ ok: true });
    expect(await askTwice(await kubeconfig(t.api, { 'proxy-url': `http://${at(other)}` }, env))).toEqual({ ok: true });
    expect([t.proxy.asked, other.asked]).toEqual([[{ target: 'cluster.invalid:6443' }], [{ target: 'cluster.invalid:6443' }]]);
  });

  it('of the environment of a pod is used as well, and is not trusted: the API server must prove who it is', async () => {
    await using t = await setUp();
    const access: Access = { ...t.api.access, host: 'cluster.invalid', port: '443', env: { https_proxy: `http://${at(t.proxy)}` } };
    const failure = await failureOf(askTwice(access));
    expect(failure).toMatchObject({ reason: 'Unreachable', message: expect.stringContaining("does not match certificate's altnames") });
    expect(t.proxy.asked).toEqual([{ target: 'cluster.invalid:443' }]);
    expect(t.api.seen).toEqual([]);
  });

  it('that refuses is named in the failure, without its password', async () => {
    await using t = await setUp();
    t.proxy.refuse(407);
    expect(await failureOf(askTwice(await kubeconfig(t.api, { 'proxy-url': `http://me:secret@${at(t.proxy)}` })))).toEqual({
      status: 0,
      reason: 'Unreachable',
      message: `GET /api/v1/namespaces through the proxy http://${at(t.proxy)}: Bad response: 407`,
    });
  });

  it('is no reason to send a token in the clear, nor is a kind that nobody knows taken for another', async () => {
    await using t = await setUp();
    const wrong = await kubeconfig(t.api, { 'proxy-url': 'ftp://me:secret@127.0.0.1:1' });
    expect(await failureOf(connect(wrong, { version: '1' }))).toEqual({
      status: 0,
      reason: 'Credentials',
      message: 'the proxy "ftp://127.0.0.1:1" cannot be used: http:// and https:// can',
    });
  });

  it('is on the way of a command in a pod', async () => {
    await using server = await startExecServer();
    await using proxy = await startConnectProxy(Number(new URL(server.url).port));
    const credentials = { ...(await server.identity.credentials()), proxy: `http://${at(proxy)}` };
    const exec = podExec({ ...server.identity, credentials: async () => credentials }, { version: '1' });
    const target = { namespace: 'shop', pod: 'api', container: 'main', command: ['cat'] };
    expect(await exec(target, { timeoutMs: 10_000, maxBytes: 100 })).toMatchObject({ code: 0 });
    expect(proxy.asked).toHaveLength(1);
  });
});

describe('the proxy of the environment', () => {
  const PROXY = { HTTPS_PROXY: 'proxy.example:3128' };
  const cases: Record<string, readonly [server: string, env: Environment, proxied: boolean]> = {
    'is HTTPS_PROXY': ['https://a.example', PROXY, true],
    'is https_proxy': ['https://a.example', { https_proxy: 'http://proxy.example:3128' }, true],
    'is not HTTP_PROXY: the API server speaks TLS': ['https://a.example', { HTTP_PROXY: 'proxy.example:3128' }, false],
    'is none where it is empty': ['https://a.example', { HTTPS_PROXY: '' }, false],
    'is not for localhost': ['https://localhost:6443', PROXY, false],
    'is not for 127.0.0.0/8': ['https://127.3.2.1:6443', PROXY, false],
    'is not for ::1': ['https://[::1]:6443', PROXY, false],
    'is not for any server by *': ['https://a.example', { ...PROXY, NO_PROXY: 'x, *' }, false],
    'is not for a domain': ['https://example', { ...PROXY, NO_PROXY: 'example' }, false],
    'is not for what lies below a domain': ['https://a.b.example', { ...PROXY, no_proxy: 'x,EXAMPLE' }, false],
    'is for a name that only ends so': ['https://anexample', { ...PROXY, NO_PROXY: 'example' }, true],
    'is for the domain itself where only those below it are left out': ['https://b.example', { ...PROXY, NO_PROXY: '.b.example' }, true],
    'is not for those below': ['https://a.b.example', { ...PROXY, NO_PROXY: '.b.example' }, false],
    'is not for those below, with a star': ['https://a.b.example', { ...PROXY, NO_PROXY: '*.b.example' }, false],
    'is not for an address': ['https://10.0.0.1', { ...PROXY, NO_PROXY: '10.0.0.1' }, false],
    'is not for a block of addresses': ['https://10.96.0.1:443', { ...PROXY, NO_PROXY: '192.0.2.0/24,10.96.0.0/16' }, false],
    'is for an address beside the block': ['https://10.97.0.1:443', { ...PROXY, NO_PROXY: '10.96.0.0/16' }, true],
    'is not for a block of IPv6': ['https://[fd00::1]:443', { ...PROXY, NO_PROXY: 'fd00::/8' }, false],
    'is not for an address of IPv6': ['https://[fd00::1]:443', { ...PROXY, NO_PROXY: 'fd00::1' }, false],
    'is not for a domain at its port': ['https://a.example:6443', { ...PROXY, NO_PROXY: 'a.example:6443' }, false],
    'is for a domain at another port': ['https://a.example', { ...PROXY, NO_PROXY: 'a.example:6443' }, true],
    'is for all where the list says nothing': ['https://a.example', { ...PROXY, NO_PROXY: ' ,,10.0.0.0/99' }, true],
    'takes the capitals first': ['https://a.example', { ...PROXY, NO_PROXY: 'b.example', no_proxy: 'a.example' }, true],
  };
  it.each(Object.entries(cases))('%s', (_sentence, [server, env, proxied]) => {
    expect(proxyFor(new URL(server), env)).toBe(proxied ? 'http://proxy.example:3128/' : undefined);
  });
});
