import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceAccountIdentity } from '../../../src/adapters/kube/service-account.ts';
import { transportFor } from '../../../src/adapters/kube/transport.ts';
import { createLog } from '../../../src/adapters/log/log.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { runCli } from '../../../src/cli/program.ts';
import { loopbackPair } from '../../cluster/pki.ts';
import { agentPki, filesOf } from '../../support/agent.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { type FakeApi, type Responder, sendJson, sendStatus, startFakeApi } from '../../support/fake-api.ts';
import { recordingIo } from '../../support/recording-io.ts';
import { runProcess, SERVE_HERE } from '../../support/run-process.ts';
import { buildProgram } from '../../support/serving.ts';

/** There is one level of log, and everything is written at it. */

const WORD = 'hush-3f9c1d7e5b2a-hush';
const KEY = loopbackPair();

/** Every form in which the secrets of these tests could be told: the word is in each token and password, the lines are those of keys. */
function secretsIn(text: string, keys: readonly string[] = [KEY.key]): string[] {
  const lines = keys.flatMap((key) => key.split('\n').filter((line) => line.length > 40));
  const forms = [
    WORD,
    ...[0, 1, 2].map((shift) =>
      Buffer.from(`${'x'.repeat(shift)}${WORD}`)
        .toString('base64')
        .slice(4, -4),
    ),
    ...lines,
  ];
  return forms.filter((form) => text.includes(form));
}

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-secrets-'));
  await writeFile(join(folder, 'token'), `${WORD}\n`);
  program = await buildProgram(folder);
}, 240_000);
afterAll(() => rm(folder, { recursive: true }));

const credential = JSON.stringify({ status: { token: WORD, clientKeyData: KEY.key, clientCertificateData: KEY.cert } });

/** Whoever a kubeconfig can name. */
const USERS: Readonly<Record<string, object>> = {
  'a token': { token: WORD },
  'a token that no header can hold': { token: `${WORD}\nü€` },
  'a token in a file': { tokenFile: 'token' },
  'a password': { username: 'me', password: WORD },
  'a client key': { 'client-certificate-data': base64(KEY.cert), 'client-key-data': base64(KEY.key) },
  'a client key that is cut off': { 'client-certificate-data': base64(KEY.cert), 'client-key-data': base64(KEY.key.slice(0, 400)) },
  'a plugin': { exec: { command: 'sh', args: ['-c', `echo '${credential}'`] } },
  'a plugin that fails after its answer': { exec: { command: 'sh', args: ['-c', `echo '${credential}'; exit 1`, `--secret=${WORD}`] } },
  'a plugin that is killed': { exec: { command: 'sh', args: ['-c', 'kill -9 $$', `--secret=${WORD}`] } },
  'a plugin that prints something else': { exec: { command: 'sh', args: ['-c', `echo '{"token": "${WORD}"'`] } },
  'a helper of the cloud that fails': {
    'auth-provider': {
      name: 'gcp',
      config: { 'access-token': WORD, expiry: '2020-01-01T00:00:00Z', 'cmd-path': 'false', 'cmd-args': WORD },
    },
  },
};

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Header for header, as the page of a proxy shows a request. */
const echo: Responder = (response, { headers }) => {
  const text = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  sendStatus(response, 403, 'Forbidden', `you sent ${text.join('\n')} ${JSON.stringify(headers)} and ${KEY.key}`);
};

/** What can go wrong between us and the API server. `cluster`: what the kubeconfig then says of it. */
const FAILURES: Readonly<Record<string, { readonly answer?: Responder; readonly cluster?: object }>> = {
  'nothing goes wrong': { answer: (response) => sendJson(response, 200, { metadata: { resourceVersion: '1' }, items: [] }) },
  'it is refused (401)': { answer: (response) => sendStatus(response, 401, 'Unauthorized', 'Unauthorized') },
  'the answer shows what was sent': { answer: echo },
  'the server is another one': { cluster: { 'certificate-authority-data': base64(KEY.cert) } },
  'the address has a password': { cluster: { server: `https://me:${WORD}@127.0.0.1:1` } },
  'the address has a password and is none': { cluster: { server: `https://me:${WORD}@:1:2` } },
  'the address has a password and is not of TLS': { cluster: { server: `http://me:${WORD}@127.0.0.1:1` } },
  'the address of the proxy is none': { cluster: { 'proxy-url': `http://me:${WORD}/x@127.0.0.1:1` } },
  'the proxy is of no known kind': { cluster: { 'proxy-url': `ftp://me:${WORD}@127.0.0.1:1` } },
  'the proxy is away': { cluster: { 'proxy-url': `http://me:${WORD}@127.0.0.1:1` } },
  'the proxy of another kind is away': { cluster: { 'proxy-url': `socks5://me:${WORD}@127.0.0.1:1` } },
};

async function kubeconfig(api: FakeApi, { user = {}, cluster = {} }: { user?: object; cluster?: object }): Promise<string> {
  const file = join(folder, 'kubeconfig');
  const config = {
    clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority-data': base64(api.ca), ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** All that a command prints. */
async function printed(words: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const io = recordingIo({ env: { ...process.env, ...env } });
  await runCli(words, io, COMMANDS);
  return io.printed.out + io.printed.err;
}

describe('no secret of a kubeconfig is told', { timeout: 240_000 }, () => {
  it.each(Object.entries(USERS))('by a command that is %s, whatever goes wrong', async (_, user) => {
    await using api = await startFakeApi();
    for (const [failure, { answer, cluster }] of Object.entries(FAILURES)) {
      if (answer !== undefined) api.otherwise(answer);
      const text = await printed(['policies', '-o', 'json', '--kubeconfig', await kubeconfig(api, { user, ...(cluster && { cluster }) })]);
      expect([failure, text === '', secretsIn(text)]).toEqual([failure, false, []]);
    }
  });

  it.each([
    ['is no YAML', `users:\n- name: u\n  user:\n    token: ${WORD}\n   more: x\n`],
    ['is no JSON', `{"users": [{"name": "u", "user": {"token": "${WORD}" "more": "x"}}]}`],
    ['says a thing twice', `users: [{name: u, user: {token: ${WORD}, token: ${WORD}}}]`],
    ['has a token that reads like an alias', `users: [{name: u, user: {token: *${WORD}}}]`],
    ['has a token that reads like a tag', `users: [{name: u, user: {token: !${WORD} x}}]`],
    ['is a token', WORD],
    ['is a key', KEY.key],
  ])('by the error about one that %s', async (_, text) => {
    const file = join(folder, 'malformed');
    await writeFile(file, text);
    const said = await printed(['policies', '--kubeconfig', file]);
    expect([said.includes('kubeconfig'), secretsIn(said)]).toEqual([true, []]);
  });

  it('by the errors about a proxy that refuses, be it of the kubeconfig or of the environment', async () => {
    await using api = await startFakeApi();
    await using proxy = await startConnectProxy(api.port);
    proxy.refuse(407);
    const url = `http://me:${WORD}@127.0.0.1:${proxy.port}`;
    const far = { server: 'https://cluster.invalid:6443' };
    const said = [
      await printed(['policies', '--kubeconfig', await kubeconfig(api, { user: { token: WORD }, cluster: { ...far, 'proxy-url': url } })]),
      await printed(['policies', '--kubeconfig', await kubeconfig(api, { user: { token: WORD }, cluster: far })], { HTTPS_PROXY: url }),
      await printed(['policies', '--kubeconfig', await kubeconfig(api, { cluster: far })], { HTTPS_PROXY: `me:${WORD}@:::` }),
    ];
    expect(said.map((text) => [text.includes('proxy'), secretsIn(text)])).toEqual([
      [true, []],
      [true, []],
      [true, []],
    ]);
  });
});

describe('the token of a service account is not told', () => {
  it.each(Object.entries(FAILURES).filter(([, { answer }]) => answer !== undefined))('where %s', async (_, { answer = echo }) => {
    await using api = await startFakeApi();
    api.otherwise(answer);
    await writeFile(join(api.access.folder, 'token'), WORD);
    await using proxy = await startConnectProxy(api.port);
    proxy.refuse(407);
    const lines: string[] = [];
    const log = createLog({ write: (line) => void lines.push(line) });
    const environments = [{}, { HTTPS_PROXY: `http://me:${WORD}@127.0.0.1:${proxy.port}` }];
    for (const [host, env] of [
      ['127.0.0.1', environments[0]],
      ['cluster.invalid', environments[1]],
      ['localhost.invalid', environments[0]],
    ] as const) {
      const transport = transportFor(await serviceAccountIdentity({ ...api.access, host, env: env ?? {} }), { version: '1' });
      const error = await transport.request({ method: 'GET', path: '/api/v1/pods', attempts: 1 }).catch((failed: Error) => failed);
      log.error('a call', { error: error instanceof Error ? error : new Error('it worked'), server: transport.server });
      transport.close();
    }
    expect([lines.length, secretsIn(lines.join(''))]).toEqual([3, []]);
  });
});

/** Runs the program behind a proxy with a password, which is not on the way to this machine. */
function runBehindProxy(words: readonly string[], enough: (text: string) => Promise<boolean>): Promise<string> {
  const env = { ...process.env, HTTPS_PROXY: `http://me:${WORD}@127.0.0.1:1`, NO_PROXY: '127.0.0.1' };
  return runProcess({ program, folder, words, env }, enough);
}

/** An empty cluster that can be watched, and takes what is written. */
const emptyCluster: Responder = (response, { method, query, path, body }) => {
  if (query.watch !== undefined) return void response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  if (method !== 'GET') return sendJson(response, 200, body);
  const isOne = /(configmaps|secrets|leases|namespaces|webhookconfigurations)\/[^/]+$/.test(path);
  return isOne
    ? sendStatus(response, 404, 'NotFound', 'not found')
    : sendJson(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
};

describe('a process tells no secret', { timeout: 240_000 }, () => {
  const never = async () => false;

  it('portcullis serve: in its log, its metrics and what it writes into the cluster', async () => {
    await using api = await startFakeApi();
    api.otherwise(emptyCluster);
    const file = await kubeconfig(api, {
      user: { token: WORD, 'client-certificate-data': base64(KEY.cert), 'client-key-data': base64(KEY.key) },
    });
    const certificates = join(folder, 'serving');
    let metrics = '';
    const log = await runBehindProxy([...SERVE_HERE, '--certificates', certificates, '--kubeconfig', file], async (text) => {
      const port = /"port":(\d+),"msg":"metrics are served"/.exec(text)?.[1];
      const isReady =
        text.includes('"msg":"started"') && api.seen.some(({ method, path }) => method !== 'GET' && path.includes('portcullis-agent'));
      if (isReady) metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return isReady;
    });
    const made = await Promise.all(['ca.key', 'tls.key'].map((name) => readFile(join(certificates, name), 'utf8')));
    const [kept, others] = [true, false].map((isSecret) =>
      api.seen
        .filter(({ path, method }) => method !== 'GET' && path.includes('/secrets') === isSecret)
        .map(({ body }) => JSON.stringify(body)),
    );
    const agentKey = Buffer.from(/"tls.key":"([^"]+)"/.exec(kept?.join('') ?? '')?.[1] ?? '', 'base64').toString();
    expect(agentKey).toContain('PRIVATE KEY');
    const keys = [KEY.key, ...made, agentKey];
    expect({ log: secretsIn(log, keys), metrics: secretsIn(metrics, keys), written: secretsIn(others?.join('') ?? '', keys) }).toEqual({
      ...{ log: [], metrics: [], written: [] },
    });
    expect([metrics.includes('portcullis_'), (others?.length ?? 0) > 0]).toEqual([true, true]);
  });

  it.each([
    ['serve', [...SERVE_HERE, '--role', 'webhook']],
    ['scan', ['scan', '-o', 'json']],
    ['policies', ['policies', '-o', 'yaml']],
  ])('portcullis %s: where its token is refused, and the answer shows what was sent', async (_name, words) => {
    await using api = await startFakeApi();
    for (const answer of [FAILURES['it is refused (401)']?.answer ?? echo, echo]) {
      api.otherwise(answer);
      const text = await runBehindProxy([...words, '--kubeconfig', await kubeconfig(api, { user: { token: WORD } })], never);
      expect([text === '', secretsIn(text)]).toEqual([false, []]);
    }
  });

  it('portcullis agent: with certificates, and with a key that is cut off', async () => {
    const pki = await agentPki();
    const files = filesOf(pki);
    const ports = ['--port', '0', '--health-port', '0', '--canary-permitted', '0', '--canary-denied', '0', '--host', '127.0.0.1'];
    const start = async (key: string, said: string) => {
      for (const [name, text] of Object.entries({ ...files, 'tls.key': key })) await writeFile(join(folder, name), text);
      return runBehindProxy(['agent', ...ports, '--node', 'n', '--certificates', folder], async (text) => text.includes(said));
    };
    const text = (await start(pki.agent.key, 'the agent answers')) + (await start(pki.agent.key.slice(0, 400), 'does not fit'));
    expect(secretsIn(text, [pki.agent.key, pki.ca.key, pki.controller.key])).toEqual([]);
  });
});
