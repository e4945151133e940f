import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdmissionHandler } from '../../../src/adapters/http/admission-route.ts';
import { FAILURES } from '../../../src/adapters/http/failure.ts';
import type { GateServer } from '../../../src/adapters/http/server.ts';
import { allowed, denied } from '../../../src/core/admission.ts';
import { makeServing, startTestGate } from '../../support/gate.ts';
import { rememberingLog } from '../../support/silence.ts';

const CASE_13 = new URL('../../fixtures/cases/13-review-version-and-uid/', import.meta.url);
const readCase = (file: string) => JSON.parse(readFileSync(new URL(file, CASE_13), 'utf8'));

const bare = { allowed: true, reason: 'test', warnings: [], auditAnnotations: {} } as const;

/** A gate that knows one port, and fails in all the ways a handler can. */
const decide: AdmissionHandler = (request) => {
  const text = JSON.stringify(request.object);
  if (text.includes('throw')) throw new Error('secret detail');
  if (text.includes('reject')) return Promise.reject(new Error('secret detail'));
  if (text.includes('unwritable')) return { ...bare, patch: [{ op: 'add', path: '/x', value: 1n }] };
  if (text.includes('slow')) return new Promise(() => undefined);
  return text.includes('"containerPort":9999') ? denied('port', 'Pod orders/p2 declares 9999/TCP') : allowed('authorized');
};

let serving: Awaited<ReturnType<typeof makeServing>>;
let gate: GateServer;
let missing: readonly string[] = [];
const log = rememberingLog();
const agent = new Agent({ keepAlive: true });
const caller = () => supertest(`https://127.0.0.1:${gate.port}`);
const send = (path: string, body: unknown) =>
  caller()
    .post(path)
    .agent(agent)
    .ca(serving.ca)
    .set('content-type', 'application/json')
    .send(body as string);

beforeAll(async () => {
  serving = await makeServing();
  const mutate: AdmissionHandler = () => ({ ...bare, patch: [{ op: 'add', path: '/spec/schedulingGates', value: [] }] });
  gate = await startTestGate(serving, { validate: decide, mutate, missing: () => missing, log });
});

afterAll(async () => {
  agent.destroy();
  await gate.stop({ delayMs: 0 });
});

describe('the gate answers over TLS', () => {
  const expected = readCase('expected.json').responses;
  it.each(['input.json', 'input-2.json'])('in the version that was asked and with the uid (case 13, %s)', async (file) => {
    const { status, body } = await send('/validate?timeout=3s', readCase(file));
    const { uid, allowed: isAllowed, messageContains = [], apiVersion, kind } = expected[file];
    expect({ status, apiVersion: body.apiVersion, kind: body.kind, uid: body.response.uid, allowed: body.response.allowed }).toEqual({
      status: 200,
      apiVersion,
      kind,
      uid,
      allowed: isAllowed,
    });
    for (const part of messageContains) expect(body.response.status.message).toContain(part);
  });

  it('a denial with HTTP 200 and code 403', async () => {
    const { status, headers, body } = await send('/validate', readCase('input-2.json'));
    expect([status, headers['content-type'], body.response.status]).toEqual([
      200,
      'application/json',
      { status: 'Failure', code: 403, reason: 'Forbidden', message: 'Pod orders/p2 declares 9999/TCP' },
    ]);
  });

  it('a mutation with a patch', async () => {
    const { body } = await send('/mutate', readCase('input.json'));
    expect(Buffer.from(body.response.patch, 'base64').toString()).toBe('[{"op":"add","path":"/spec/schedulingGates","value":[]}]');
  });

  it.each(['throw', 'reject', 'slow', 'unwritable'])('with the uid and code 500 where the handler does this: %s', async (name) => {
    const review = readCase('input.json');
    review.request.object.metadata.name = name;
    const { status, body } = await send('/validate?timeout=50ms', review);
    expect([status, body.response]).toEqual([
      200,
      {
        uid: review.request.uid,
        allowed: false,
        status: {
          status: 'Failure',
          code: 500,
          reason: 'InternalError',
          message: `portcullis failed on this request; its log tells why, at uid ${review.request.uid}`,
        },
      },
    ]);
    expect(log.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'the gate failed on a request',
      fields: { uid: review.request.uid },
    });
  });

  it('a review of 3 MiB twice, as an UPDATE of a large object brings it', async () => {
    const review = readCase('input.json');
    review.request.object.metadata.annotations = { big: 'x'.repeat(3 * 1024 * 1024) };
    review.request.oldObject = review.request.object;
    expect((await send('/validate', review)).body.response.allowed).toBe(true);
  });
});

describe('what is no review is refused with a reason', () => {
  it.each([
    ['a text that is no JSON', '{', 'NotJSON'],
    ['nothing', '', 'NotJSON'],
    ['another object', '{"kind":"Pod"}', 'NotAReview'],
  ] as const)('%s', async (_, text, reason) => {
    const { status, body } = await send('/validate', text);
    expect([status, body]).toMatchObject([400, { apiVersion: 'v1', kind: 'Status', code: 400, reason, status: 'Failure' }]);
  });

  it('and with the uid where it can be read', async () => {
    const review = readCase('input.json');
    review.request.operation = 'PATCH';
    const { status, body } = await send('/validate', review);
    expect([status, body]).toMatchObject([
      400,
      {
        apiVersion: review.apiVersion,
        kind: 'AdmissionReview',
        response: { uid: review.request.uid, allowed: false, status: { reason: 'NotAReview' } },
      },
    ]);
  });

  it('a body over 8 MiB, and the connection lives on', async () => {
    const { status, body } = await send('/validate', `"${'x'.repeat(8 * 1024 * 1024)}"`);
    expect([status, body.reason]).toEqual([413, 'RequestEntityTooLarge']);
    expect((await send('/validate', readCase('input.json'))).status).toBe(200);
  });

  it('another media type', async () => {
    const { status, body } = await caller().post('/validate').ca(serving.ca).set('content-type', 'application/yaml').send('a: b');
    expect([status, body.reason]).toEqual([415, 'UnsupportedMediaType']);
  });

  it('JSON with parameters in its media type is JSON', async () => {
    const { status } = await caller()
      .post('/validate')
      .ca(serving.ca)
      .set('content-type', 'Application/JSON; charset=utf-8')
      .send(JSON.stringify(readCase('input.json')));
    expect(status).toBe(200);
  });

  it('another method, with the one that is right', async () => {
    const { status, headers, body } = await caller().get('/validate').ca(serving.ca);
    expect([status, headers.allow, body.reason]).toEqual([405, 'POST', 'MethodNotAllowed']);
  });

  it.each(['/', '/validate/', '/__proto__', '/constructor', '/%00'])('the path %s', async (path) => {
    const { status, body } = await caller().get(path).ca(serving.ca);
    expect([status, body.reason, body.message]).toEqual([
      404,
      'NotFound',
      'no such path: there are /validate, /mutate, /healthz, /livez, /readyz',
    ]);
  });
});

describe('health on the same TLS port', () => {
  it.each(['/healthz', '/livez'])('is good as long as the process serves: %s', async (path) => {
    const { status, text } = await caller().get(path).ca(serving.ca);
    expect([status, text]).toEqual([200, 'ok\n']);
  });

  it('is ready when nothing is missing, and says what is', async () => {
    expect((await caller().get('/readyz').ca(serving.ca)).text).toBe('ok\n');
    missing = ['the template is not loaded', 'the cache of namespaces is not filled'];
    const { status, text } = await caller().get('/readyz').ca(serving.ca);
    missing = [];
    expect([status, text]).toEqual([503, 'not ready: the template is not loaded\nnot ready: the cache of namespaces is not filled\n']);
  });
});

it('each failure has a status of its class and a sentence', () => {
  for (const [reason, { status, message }] of Object.entries(FAILURES)) {
    expect(status, reason).toBeGreaterThanOrEqual(400);
    expect(message, reason).toMatch(/^[a-z].*[^.]$/);
  }
});
