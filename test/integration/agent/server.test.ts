import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { Agent, type AgentOptions, request } from 'node:https';
import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeClient, makeLeaf } from '../../../src/adapters/certs/authority.ts';
import { AGENT_SERVER_NAME, CONTROLLER_NAME } from '../../../src/core/agent-names.ts';
import type { PemPair } from '../../../src/ports.ts';
import { until } from '../../cluster/wait.ts';
import { type AgentPki, agentPki, controllerTls, filesOf, startTestAgent, type TestAgent } from '../../support/agent.ts';

const API = '0b3a7d52-9f0c-4c1e-8a55-6f2d1c3b4a59';
const WEB = '1c4b8e63-0a1d-4d2f-9b66-7a3e2d4c5b6a';

let pki: AgentPki;
let other: AgentPki;
beforeAll(async () => {
  [pki, other] = await Promise.all([agentPki(), agentPki()]);
});

let agent: TestAgent;
afterEach(() => agent.stop());

async function started(): Promise<void> {
  agent = await startTestAgent({ pki });
  await agent.proc.start({ pid: 20, namespace: 'api', pod: API });
  await agent.proc.start({ pid: 30, namespace: 'web', pod: WEB });
  await agent.proc.listen('api', { tcp: ['00000000:1F90 5'] });
  await agent.proc.listen('web', {});
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function get(path: string, headers: Record<string, string> = {}, tls: AgentOptions = controllerTls(pki)): Promise<Reply> {
  const https = new Agent({ servername: AGENT_SERVER_NAME, ...tls });
  try {
    const call = request({ host: '127.0.0.1', port: await agent.port, path, headers, agent: https }).end();
    const [response] = await once(call, 'response');
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, headers: response.headers, body };
  } finally {
    https.destroy();
  }
}

function podsIn(reply: Reply): Record<string, number[]> {
  const { pods } = JSON.parse(reply.body);
  return Object.fromEntries(
    Object.entries(pods).map(([uid, pod]) => [
      uid,
      (pod as { listeners: { port: { number: number } }[] }).listeners.map(({ port }) => port.number),
    ]),
  );
}

describe('an agent', () => {
  it('answers the controller with its node, every pod, the time and a tag', async () => {
    await started();
    const reply = await get('/sockets');
    expect([reply.status, reply.headers['content-type'], reply.headers['cache-control']]).toEqual([
      200,
      'application/json; charset=utf-8',
      'no-store',
    ]);
    expect(reply.headers.etag).toMatch(/^W\/".+"$/);
    expect(JSON.parse(reply.body)).toEqual({
      node: 'node-1',
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      pods: {
        [API]: {
          listeners: [{ port: { number: 8080, protocol: 'TCP' }, address: '0.0.0.0', ephemeral: false }],
          cannotSee: 'process names',
        },
        [WEB]: { listeners: [] },
      },
    });
  });

  it('answers of single pods, and of none that it does not see', async () => {
    await started();
    expect(podsIn(await get(`/sockets?pod=${WEB}`))).toEqual({ [WEB]: [] });
    expect(podsIn(await get(`/sockets?pod=${WEB}&pod=${API}`))).toEqual({ [API]: [8080], [WEB]: [] });
    expect(podsIn(await get(`/sockets?pod=${WEB.replaceAll('1', '2')}`))).toEqual({});
    expect([(await get('/sockets?pod=../1')).status, (await get('/sockets?pods=1')).status]).toEqual([400, 400]);
  });

  it('has nothing else to tell', async () => {
    await started();
    expect([(await get('/')).status, (await get('/metrics')).status, (await get('/healthz')).status]).toEqual([404, 404, 404]);
  });

  it('says that nothing changed since a tag', async () => {
    await started();
    const tag = String((await get('/sockets')).headers.etag);
    const reply = await get('/sockets', { 'if-none-match': tag });
    expect([reply.status, reply.headers.etag, reply.body]).toEqual([304, tag, '']);
  });

  it('keeps the answer back until something changes', async () => {
    await started();
    const tag = String((await get('/sockets')).headers.etag);
    let answered = false;
    const waiting = get('/sockets', { 'if-none-match': tag, prefer: 'respond-async, wait=30' }).then((reply) => {
      answered = true;
      return reply;
    });
    await agent.proc.listen('web', { udp: ['00000000:9C40 7'] });
    expect((await get('/sockets', { 'if-none-match': tag })).status).toBe(304);
    expect(answered).toBe(false);
    await agent.proc.listen('web', { tcp: ['00000000:270F 6'] });
    const reply = await waiting;
    expect([reply.status, reply.headers['preference-applied'], podsIn(reply)[WEB]]).toEqual([200, 'wait=30', [9999]]);
    expect(reply.headers.etag).not.toBe(tag);
  });

  it('says so when the time is up and nothing changed', async () => {
    await started();
    const tag = String((await get('/sockets')).headers.etag);
    const reply = await get('/sockets', { 'if-none-match': tag, prefer: 'wait=0' });
    expect([reply.status, reply.headers['preference-applied']]).toEqual([304, 'wait=0']);
  });

  it('ends at once, also while somebody waits', async () => {
    agent = await startTestAgent({ pki });
    const tag = String((await get('/sockets')).headers.etag);
    const waiting = get('/sockets', { 'if-none-match': tag, prefer: 'wait=60' }).catch((error: Error) => error.message);
    const before = agent;
    await before.stop();
    expect(await waiting).toMatch(/hang up|ECONNRESET|aborted/);
    agent = await startTestAgent();
  });
});

describe('an agent answers nobody but the controller', () => {
  const failure = (tls: AgentOptions) =>
    get('/sockets', {}, tls).then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    );
  const shown = ({ certificate: cert, key }: PemPair) => ({ ca: pki.ca.certificate, cert, key });

  it('and refuses the handshake of others', async () => {
    await started();
    const now = new Date();
    const gate = await makeLeaf(pki.ca, { dns: ['portcullis-webhook.portcullis-system.svc'], addresses: [] }, now);
    const late = await makeClient(pki.ca, CONTROLLER_NAME, new Date(now.getTime() - 91 * 86_400_000));
    expect({
      'without a certificate': await failure({ ca: pki.ca.certificate }),
      'with the right name of another CA': await failure(shown(other.controller)),
      "with the gate's certificate": await failure(shown(gate)),
      "with another agent's certificate": await failure(shown(pki.agent)),
      'with an expired one': await failure(shown(late)),
      'over TLS 1.2': await failure({ ...controllerTls(pki), maxVersion: 'TLSv1.2' }),
    }).toEqual({
      'without a certificate': 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'with the right name of another CA': expect.stringMatching(/^ERR_SSL_|ECONNRESET/),
      "with the gate's certificate": expect.stringMatching(/^ERR_SSL_|ECONNRESET/),
      "with another agent's certificate": expect.stringMatching(/^ERR_SSL_|ECONNRESET/),
      'with an expired one': expect.stringMatching(/^ERR_SSL_|ECONNRESET/),
      'over TLS 1.2': expect.stringMatching(/^ERR_SSL_|EPROTO/),
    });
  });

  it('and forbids clients of another name, also one that begins like it', async () => {
    await started();
    for (const name of ['portcullis', 'portcullis-agent', 'portcullis-controller2']) {
      const client = await makeClient(pki.ca, name, new Date());
      const reply = await get('/sockets', {}, shown(client));
      expect([reply.status, JSON.parse(reply.body).reason, reply.body.includes(API)]).toEqual([403, 'Forbidden', false]);
    }
  });

  it('and the controller trusts no agent of another CA or name', async () => {
    await started();
    expect(await failure({ ...controllerTls(pki), ca: other.ca.certificate })).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
    expect(await failure({ ...controllerTls(pki), servername: 'portcullis-other' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });
});

describe('the certificates of an agent', () => {
  const ready = async () => {
    const call = plainRequest({ host: '127.0.0.1', port: agent.ports.health, path: '/readyz' }).end();
    const [response] = await once(call, 'response');
    let body = '';
    for await (const chunk of response) body += chunk;
    return body;
  };

  it('may come later: it is not ready before, and says why', async () => {
    agent = await startTestAgent();
    expect(await ready()).toBe('not ready: there are no certificates yet: the controller makes them\n');
    const { 'tls.key': key, ...without } = filesOf(pki);
    await agent.mount(without);
    await until('a sentence on the missing key', async () => (await ready()) === 'not ready: tls.key is missing\n', { deadline: 10_000 });
    await agent.mount({ 'tls.key': key ?? '' });
    expect((await get('/sockets')).status).toBe(200);
    await until('the agent to be ready', async () => (await ready()) === 'ok\n', { deadline: 10_000 });
  });

  it('are replaced without a restart, with the CA that callers must be of; what cannot be used changes nothing', async () => {
    await started();
    expect((await get('/sockets')).status).toBe(200);
    await agent.mount({ ...filesOf(other), 'tls.key': pki.agent.key });
    await until('a key that does not fit', async () => (await ready()) === 'not ready: tls.key does not fit to tls.crt\n', {
      deadline: 10_000,
    });
    expect((await get('/sockets')).status).toBe(200);
    await agent.mount(filesOf(other));
    const next = () =>
      get('/sockets', {}, controllerTls(other)).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until('the new certificate', next, { deadline: 10_000 });
    await expect(get('/sockets')).rejects.toThrow();
  });

  it('are never told: neither in answers nor in the log', async () => {
    await started();
    const told = JSON.stringify([(await get('/sockets')).body, agent.log.lines, await ready()]);
    expect(told).not.toMatch(/PRIVATE|BEGIN|CERTIFICATE-----/);
  });
});

describe('the canaries of an agent', () => {
  it('say one line to everybody', async () => {
    agent = await startTestAgent();
    for (const port of [agent.ports.permitted, agent.ports.denied]) {
      let said = '';
      for await (const chunk of connect(port, '127.0.0.1')) said += chunk;
      expect(said).toBe('portcullis canary\n');
    }
  });
});
