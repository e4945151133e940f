import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../src/adapters/kube/kube-error.ts';
import { connect, type KubeCall, type KubeTransport } from '../../../src/adapters/kube/transport.ts';
import { loopbackPair } from '../../cluster/pki.ts';
import { breakConnection, type Responder, sendJson, sendStatus, startFakeApi, staySilent } from '../../support/fake-api.ts';
import { failureOf } from '../../support/kube-failure.ts';

const GET: KubeCall = { method: 'GET', path: '/api/v1/namespaces' };

async function setUp(options: Partial<Parameters<typeof connect>[1]> = {}) {
  const api = await startFakeApi();
  api.otherwise((response) => sendJson(response, 200, { ok: true }));
  const transport = await connect(api.access, { version: '1.2.3', random: () => 0, ...options });
  return {
    api,
    transport,
    async [Symbol.asyncDispose]() {
      transport.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

const any = () => true;

describe('a call', () => {
  it('bears token, user agent, query and body, and answers the JSON', async () => {
    await using t = await setUp();
    const call = {
      method: 'PATCH',
      path: '/api/v1/x',
      query: { force: true, left: undefined, n: 5 },
      body: { a: 'ä' },
      contentType: 'application/merge-patch+json',
    } as const;
    expect(await t.transport.request(call)).toEqual({ ok: true });
    expect(t.api.seen).toMatchObject([
      {
        method: 'PATCH',
        path: '/api/v1/x',
        query: { force: 'true', n: '5' },
        body: { a: 'ä' },
        headers: {
          authorization: 'Bearer first-token',
          'user-agent': 'portcullis/1.2.3',
          'content-type': 'application/merge-patch+json',
          accept: 'application/json',
        },
      },
    ]);
  });

  it('knows its server and the namespace of its service account', async () => {
    await using t = await setUp();
    expect({ server: t.transport.server, namespace: t.transport.namespace }).toEqual({ server: t.api.url, namespace: 'portcullis-system' });
  });

  it('goes over one TLS connection, 200 times', async () => {
    await using t = await setUp();
    for (let call = 0; call < 200; call += 1) await t.transport.request(GET);
    expect({ calls: t.api.seen.length, connections: t.api.connections() }).toEqual({ calls: 200, connections: 1 });
  });

  it('answers plain text as text', async () => {
    await using t = await setUp();
    t.api.otherwise((response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end('ok'));
    expect(await t.transport.request(GET)).toBe('ok');
  });
});

describe('a failure', () => {
  const failures: Record<string, { answer: Responder; call?: Partial<KubeCall>; expected: Awaited<ReturnType<typeof failureOf>> }> = {
    'bears status, reason and message of the Status': {
      answer: (response) => sendStatus(response, 404, 'NotFound', 'namespaces "a" not found'),
      expected: { status: 404, reason: 'NotFound', message: 'GET /api/v1/namespaces: 404 namespaces "a" not found' },
    },
    'bears the text of an answer that is no Status (a proxy in between)': {
      answer: (response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
      expected: { status: 502, reason: 'Unknown', message: 'GET /api/v1/namespaces: 502 <h1>Bad Gateway</h1>' },
    },
    'says that a success is not JSON': {
      answer: (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":'),
      expected: { status: 0, reason: 'Malformed', message: expect.stringContaining('the answer is not JSON') },
    },
    'says that nothing came in time': {
      answer: staySilent,
      call: { timeoutMs: 40 },
      expected: { status: 0, reason: 'Timeout', message: 'GET /api/v1/namespaces: no answer within 40 ms' },
    },
    'says that the body stopped midway': {
      answer: (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"items":['),
      call: { timeoutMs: 40 },
      expected: { status: 0, reason: 'Timeout', message: 'GET /api/v1/namespaces: no answer within 40 ms' },
    },
    'says that an answer is too long': {
      answer: (response) => sendJson(response, 200, { text: 'x'.repeat(5000) }),
      expected: { status: 0, reason: 'TooLarge', message: 'GET /api/v1/namespaces: the answer is longer than 1000 characters' },
    },
  };
  it.each(Object.entries(failures))('%s', async (_sentence, { answer, call, expected }) => {
    await using t = await setUp({ maxCharacters: 1000 });
    t.api.otherwise(answer);
    expect(await failureOf(t.transport.request({ ...GET, ...call }))).toEqual(expected);
    expect(t.api.seen).toHaveLength(1);
  });

  it('is Aborted when the caller calls it off, before or while it is under way', async () => {
    await using t = await setUp();
    expect(await failureOf(t.transport.request({ ...GET, signal: AbortSignal.abort() }))).toMatchObject({ reason: 'Aborted' });
    const stop = new AbortController();
    t.api.otherwise((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      stop.abort();
    });
    expect(await failureOf(t.transport.request({ ...GET, signal: stop.signal }))).toMatchObject({ reason: 'Aborted' });
  });

  it('is Unreachable where nothing listens, after all attempts', async () => {
    await using t = await setUp();
    const nowhere = await connect({ ...t.api.access, port: '1' }, { version: '1', random: () => 0 });
    expect(await failureOf(nowhere.request(GET))).toEqual({
      status: 0,
      reason: 'Unreachable',
      message: 'GET /api/v1/namespaces: connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  it('is Unreachable where the certificate is not of the CA', async () => {
    await using t = await setUp();
    await using other = await startFakeApi();
    await writeFile(join(other.access.folder, 'ca.crt'), loopbackPair().cert);
    const transport = await connect({ ...other.access, port: String(t.api.port) }, { version: '1' });
    expect(await failureOf(transport.request(GET))).toMatchObject({
      reason: 'Unreachable',
      message: expect.stringContaining('certificate'),
    });
    expect(t.api.seen).toEqual([]);
  });
});

describe('a second attempt', () => {
  const busy: Responder = (response) => sendStatus(response, 429, 'TooManyRequests', 'too many requests');
  const away: Responder = (response) => sendStatus(response, 503, 'ServiceUnavailable', 'no endpoints');
  const crashed: Responder = (response) => sendStatus(response, 500, 'InternalError', 'etcdserver: request timed out');
  const crashedKnowingly: Responder = (response) => sendStatus(response, 500, 'InternalError', 'later', { 'retry-after': '0' });
  const post: Partial<KubeCall> = { method: 'POST', body: {} };
  const jsonPatch: Partial<KubeCall> = { method: 'PATCH', contentType: 'application/json-patch+json', body: [] };
  const cases: Record<string, { first: Responder; call?: Partial<KubeCall>; sent: number; status?: number }> = {
    'follows a 429': { first: busy, sent: 2 },
    'follows a 429 of a POST, of which the server did nothing': { first: busy, call: post, sent: 2 },
    'follows a 503': { first: away, sent: 2 },
    'follows a 503 of an apply': { first: away, call: { method: 'PATCH', contentType: 'application/apply-patch+yaml', body: {} }, sent: 2 },
    'does not follow a 503 of a POST, which may have been done': { first: away, call: post, sent: 1, status: 503 },
    'does not follow a 503 of a JSON patch': { first: away, call: jsonPatch, sent: 1, status: 503 },
    'follows a broken connection': { first: breakConnection, sent: 2 },
    'does not follow a broken connection of a POST': { first: breakConnection, call: post, sent: 1, status: 0 },
    'does not follow a 500': { first: crashed, sent: 1, status: 500 },
    'follows a 500 that says when': { first: crashedKnowingly, sent: 2 },
    'does not follow a 404': { first: (response) => sendStatus(response, 404, 'NotFound', 'gone'), sent: 1, status: 404 },
    'does not follow a 409': { first: (response) => sendStatus(response, 409, 'Conflict', 'changed'), sent: 1, status: 409 },
    'does not follow a server that wants minutes of peace': {
      first: (response) => sendStatus(response, 429, 'TooManyRequests', 'later', { 'retry-after': '120' }),
      sent: 1,
      status: 429,
    },
    'does not follow where only one is wanted': { first: busy, call: { attempts: 1 }, sent: 1, status: 429 },
  };
  it.each(Object.entries(cases))('%s', async (_sentence, { first, call, sent, status }) => {
    await using t = await setUp();
    t.api.next(any, first);
    const answer = t.transport.request({ ...GET, ...call });
    if (status === undefined) expect(await answer).toEqual({ ok: true });
    else expect(await failureOf(answer)).toMatchObject({ status });
    expect(t.api.seen).toHaveLength(sent);
  });

  it('waits as long as Retry-After says', async () => {
    await using t = await setUp();
    t.api.next(any, (response) => sendStatus(response, 429, 'TooManyRequests', 'later', { 'retry-after': '1' }));
    const began = performance.now();
    await t.transport.request(GET);
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
  });

  it('is the fifth at most', async () => {
    await using t = await setUp();
    t.api.otherwise(busy);
    expect(await failureOf(t.transport.request(GET))).toMatchObject({ status: 429 });
    expect(t.api.seen).toHaveLength(5);
  });

  it('ends when the caller calls it off', async () => {
    await using t = await setUp();
    const stop = new AbortController();
    t.api.otherwise((response) => {
      sendStatus(response, 429, 'TooManyRequests', 'later', { 'retry-after': '30' });
      setImmediate(() => stop.abort());
    });
    expect(await failureOf(t.transport.request({ ...GET, signal: stop.signal }))).toMatchObject({ status: expect.anything() });
    expect(t.api.seen).toHaveLength(1);
  });
});

describe('a stream', () => {
  const collect = async (transport: KubeTransport, call: Partial<Parameters<KubeTransport['stream']>[0]> = {}) => {
    const lines: unknown[] = [];
    let end: unknown = 'end';
    try {
      for await (const line of transport.stream({ path: '/w', idleMs: 5_000, ...call })) lines.push(line);
    } catch (error) {
      end = error instanceof KubeError ? `${error.status} ${error.reason}` : error;
    }
    return { lines, end };
  };
  const begin = (response: Parameters<Responder>[0]) => response.writeHead(200, { 'content-type': 'application/json' });
  const cases: Record<string, { answer: Responder; call?: object; expected: Awaited<ReturnType<typeof collect>> }> = {
    'gives each line, however the packets are cut': {
      answer: (response) => {
        begin(response).write('{"a":"');
        const rest = Buffer.from('ä"}\n\n{"b":2}\n{"c"');
        response.write(rest.subarray(0, 1));
        response.write(rest.subarray(1));
        response.end(':3}\n');
      },
      expected: { lines: [{ a: 'ä' }, { b: 2 }, { c: 3 }], end: 'end' },
    },
    'takes a last line without a line break': {
      answer: (response) => void begin(response).end('{"a":1}'),
      expected: { lines: [{ a: 1 }], end: 'end' },
    },
    'fails at a line that is cut off': {
      answer: (response) => void begin(response).end('{"a":1}\n{"b":'),
      expected: { lines: [{ a: 1 }], end: '0 Malformed' },
    },
    'fails where the connection breaks': {
      answer: (response) => void begin(response).write('{"a":1}\n', () => response.destroy()),
      expected: { lines: [{ a: 1 }], end: '0 Unreachable' },
    },
    'fails after silence': {
      answer: (response) => void begin(response).write('{"a":1}\n'),
      call: { idleMs: 60 },
      expected: { lines: [{ a: 1 }], end: '0 Timeout' },
    },
    'fails where not even headers come': {
      answer: staySilent,
      call: { timeoutMs: 60 },
      expected: { lines: [], end: '0 Timeout' },
    },
    'fails with the Status of a refusal': {
      answer: (response) => sendStatus(response, 410, 'Expired', 'too old resource version'),
      expected: { lines: [], end: '410 Expired' },
    },
    'fails at a line that never ends': {
      answer: (response) => void begin(response).write('x'.repeat(3000)),
      expected: { lines: [], end: '0 TooLarge' },
    },
  };
  it.each(Object.entries(cases))('%s', async (_sentence, { answer, call, expected }) => {
    await using t = await setUp({ maxCharacters: 1000 });
    t.api.otherwise(answer);
    expect(await collect(t.transport, call)).toEqual(expected);
  });

  it('closes its connection when the reader has enough', async () => {
    await using t = await setUp();
    let closed = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    t.api.otherwise((response) => {
      response.on('close', closed);
      begin(response).write('{"a":1}\n');
    });
    for await (const line of t.transport.stream({ path: '/w', idleMs: 5_000 })) {
      expect(line).toEqual({ a: 1 });
      break;
    }
    await gone;
  });
});
