import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import type { Identity } from '../../../src/adapters/kube/identity.ts';
import { reflect } from '../../../src/adapters/kube/reflector.ts';
import { type KubeCall, transportFor } from '../../../src/adapters/kube/transport.ts';
import { asRecord, textOf } from '../../../src/core/unknown.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { sendJson, startFakeApi } from '../../support/fake-api.ts';
import { serveCollection } from '../../support/fake-collection.ts';
import { failureOf } from '../../support/kube-failure.ts';

/** Connections through which nothing comes any more, though nobody closed them. */

const GET: KubeCall = { method: 'GET', path: '/x' };

async function setUp() {
  const api = await startFakeApi();
  const proxy = await startConnectProxy(api.port);
  const identity: Identity = {
    server: new URL(api.url),
    credentials: async () => ({ headers: {}, tls: { ca: api.ca }, proxy: `http://127.0.0.1:${proxy.port}` }),
    refused: () => {},
  };
  const transport = transportFor(identity, { version: '1', random: () => 0 });
  return {
    api,
    proxy,
    transport,
    /** Leaves so many connections open and idle. */
    idle: (count: number) => Promise.all(Array.from({ length: count }, () => transport.request(GET))),
    async [Symbol.asyncDispose]() {
      transport.close();
      await proxy[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

it('cost one call its time, not each of them', async () => {
  await using t = await setUp();
  t.api.otherwise((response) => sendJson(response, 200, { ok: true }));
  await t.idle(4);
  t.proxy.freeze();
  expect(await failureOf(t.transport.request({ ...GET, timeoutMs: 200 }))).toMatchObject({ reason: 'Timeout' });
  for (let call = 0; call < 4; call += 1) expect(await t.transport.request(GET)).toEqual({ ok: true });
  expect(t.proxy.asked).toHaveLength(5);
});

it('are noticed by a watch, which then goes on over a new one at once', async () => {
  await using t = await setUp();
  const things = serveCollection(t.api);
  things.put('a');
  const [changes, errors]: [string[], string[]] = [[], []];
  const reflector = reflect({
    transport: t.transport,
    path: '/things',
    keep: (raw) => ({ name: textOf(asRecord(asRecord(raw).metadata).name) }),
    onChange: ({ type, object }) => changes.push(`${type} ${object.name}`),
    onError: (error) => errors.push(error instanceof Error ? error.message : String(error)),
    timing: { idleMs: 2_000, backoff: { baseMs: 10, capMs: 40 } },
  });
  await reflector.synced;
  await expect.poll(things.watches).toBe(1);
  await t.idle(3);
  t.proxy.freeze();
  things.put('b');
  await expect.poll(() => changes, { timeout: 12_000 }).toEqual(['added a', 'added b']);
  // Silence of a watch, once or more often; never a call that went out over another dead connection and waited for its own time.
  expect(new Set(errors)).toEqual(new Set([`GET /things through the proxy http://127.0.0.1:${t.proxy.port}: no answer within 2000 ms`]));
  await reflector.stop();
});

it('that never come to be are given up before the call is', async () => {
  // Accepts and says nothing: no handshake ends.
  await using mute = await startMute();
  const identity: Identity = { server: new URL(mute.url), credentials: async () => ({ headers: {}, tls: {} }), refused: () => {} };
  const transport = transportFor(identity, { version: '1', random: () => 0 });
  const failure = await failureOf(transport.request({ ...GET, timeoutMs: 60_000, attempts: 1 }));
  transport.close();
  expect(failure).toMatchObject({ reason: 'Timeout', message: 'GET /x: no connection within 5000 ms' });
});

async function startMute() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `https://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
