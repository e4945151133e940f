import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { createConnection } from 'node:net';
import { connect } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeClient } from '../../../src/adapters/certs/authority.ts';
import type { GateOptions } from '../../../src/adapters/http/app.ts';
import type { GateServer } from '../../../src/adapters/http/server.ts';
import { type AdmissionAnswer, allowed } from '../../../src/core/admission.ts';
import { connectRaw, deferred, makeServing, post, readToEnd, startTestGate } from '../../support/gate.ts';

const REVIEW = readFileSync(new URL('../../fixtures/cases/13-review-version-and-uid/input.json', import.meta.url), 'utf8');
const HEAD = `POST /validate HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\n`;

let serving: Awaited<ReturnType<typeof makeServing>>;
const running: (() => unknown)[] = [];

beforeAll(async () => {
  serving = await makeServing();
});

afterEach(async () => {
  for (const close of running.splice(0).reverse()) await close();
});

async function start(options: Partial<GateOptions> = {}): Promise<GateServer> {
  const gate = await startTestGate(serving, options);
  running.push(() => gate.stop({ delayMs: 0 }));
  return gate;
}

/** A gate whose only answer comes from the test. `entered`: a call has reached the handler. */
async function startWaiting() {
  const entered = deferred<void>();
  const answer = deferred<AdmissionAnswer>();
  const gate = await start({
    validate: () => {
      entered.resolve();
      return answer.promise;
    },
  });
  return { gate, entered: entered.promise, answer: answer.resolve };
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  running.push(() => agent.destroy());
  return agent;
}

/** One call on the connection of this agent. */
function sendOn(gate: GateServer, agent: Agent, body = REVIEW) {
  return post(`https://127.0.0.1:${gate.port}/validate`, body, { ca: serving.ca, agent });
}

describe('bytes that are no proper request', () => {
  it.each([
    ['no HTTP at all', '\u0001\u0002 hello\r\n\r\n', 400, 'BadRequest'],
    ['headers without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}`, 431, 'RequestHeaderFieldsTooLarge'],
    ['two lengths (request smuggling)', `${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'BadRequest'],
    ['a bad chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, 'BadRequest'],
  ])('%s: an answer, then the end', async (_, bytes, status, reason) => {
    const gate = await start();
    const socket = await connectRaw(gate.port, serving.ca);
    const answer = readToEnd(socket);
    socket.write(bytes);
    const text = await answer;
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({ kind: 'Status', code: status, reason });
  });

  it.each([
    ['half of the headers', HEAD],
    ['half of the body', `${HEAD}Content-Length: 1000\r\n\r\n{"apiVersion":`],
  ])('%s and then silence: 408 when the time is over', async (_, bytes) => {
    const gate = await start({ limits: { headersMs: 100, requestMs: 100, checkMs: 20 } });
    const socket = await connectRaw(gate.port, serving.ca);
    const answer = readToEnd(socket);
    socket.write(bytes);
    expect(await answer).toMatch(/^HTTP\/1.1 408 .*RequestTimeout/s);
  });

  it('a caller that goes away in the middle frees its place', async () => {
    const gate = await start({ limits: { callsInFlight: 1 } });
    const socket = await connectRaw(gate.port, serving.ca);
    socket.write(`${HEAD}Content-Length: 1000\r\n\r\n{"apiVersion":`);
    const agent = keepAlive();
    await untilTrue(async () => (await sendOn(gate, agent)).status === 503);
    socket.destroy();
    await untilTrue(async () => (await sendOn(gate, agent)).status === 200);
  });

  it('plain HTTP on the TLS port ends the connection and nothing else', async () => {
    const gate = await start();
    const socket = createConnection(gate.port, '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\n\r\n'));
    await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume());
    expect((await sendOn(gate, keepAlive())).status).toBe(200);
  });
});

/** Asks again until it is so; the test's own timeout ends it. */
async function untilTrue(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask())) await new Promise((resolve) => setImmediate(resolve));
}

describe('connections', () => {
  it('bodies in many pieces arrive whole', async () => {
    const gate = await start();
    const socket = await connectRaw(gate.port, serving.ca);
    const answer = readToEnd(socket);
    socket.write(`${HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (const piece of REVIEW.match(/.{1,37}/gs) ?? []) socket.write(`${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`);
    socket.write('0\r\n\r\n');
    expect(await answer).toContain('"allowed":true');
  });

  it('an endless body in pieces is refused at the limit', async () => {
    const gate = await start();
    const socket = await connectRaw(gate.port, serving.ca);
    const piece = 'x'.repeat(1024 * 1024);
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    for (let sent = 0; sent < 9; sent += 1) socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
    expect(await answer).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });

  it('stay open longer than the headers of a request may take: an idle API server is not cut off', async () => {
    const gate = await start({ limits: { headersMs: 2_000, requestMs: 2_000, checkMs: 50 } });
    const socket = await connectRaw(gate.port, serving.ca);
    const request = `${HEAD}Content-Length: ${Buffer.byteLength(REVIEW)}\r\n\r\n${REVIEW}`;
    const answers: string[] = [];
    const next = () => new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    for (const idleMs of [0, 3_000]) {
      await new Promise((resolve) => setTimeout(resolve, idleMs));
      const answer = next();
      socket.write(request);
      answers.push((await answer).slice(0, 15));
    }
    socket.destroy();
    expect(answers).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
  });

  it('are told to be kept for longer than the API server keeps them (90 s)', async () => {
    const { headers } = await sendOn(await start(), keepAlive());
    expect([headers.connection, headers['keep-alive']]).toEqual(['keep-alive', 'timeout=100']);
  });

  it('end after as many requests as are set', async () => {
    const gate = await start({ limits: { requestsPerSocket: 2 } });
    const agent = keepAlive();
    const first = await sendOn(gate, agent);
    const second = await sendOn(gate, agent);
    expect([first.headers.connection, second.headers.connection]).toEqual(['keep-alive', 'close']);
  });

  it('speak HTTP/1.1 also where HTTP/2 is offered, and nothing below TLS 1.2', async () => {
    const gate = await start();
    const { port } = gate;
    const protocol = await new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', ca: serving.ca, ALPNProtocols: ['h2', 'http/1.1'] }, () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      });
    });
    const old = await new Promise((resolve) => {
      connect({ port, host: '127.0.0.1', ca: serving.ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, () =>
        resolve('connected'),
      ).on('error', () => resolve('refused'));
    });
    expect([protocol, old]).toEqual(['http/1.1', 'refused']);
  });

  it('without a certificate of the client CA get no verdict, but health', async () => {
    const authority = await makeAuthority(new Date());
    const { certificate, key } = await makeClient(authority, 'api-server', new Date());
    const gate = await start({ clientCa: authority.certificate });
    const stranger = await sendOn(gate, keepAlive());
    expect([stranger.status, stranger.body]).toMatchObject([403, { reason: 'Forbidden' }]);
    const agent = new Agent({ keepAlive: true, cert: certificate, key });
    running.push(() => agent.destroy());
    expect((await sendOn(gate, agent)).status).toBe(200);
  });
});

describe('open connections are bounded', () => {
  it('one more takes the place of the one that waited longest for its next call', async () => {
    const gate = await start({ limits: { connections: 3 } });
    const oldest = await connectRaw(gate.port, serving.ca);
    const others = [await connectRaw(gate.port, serving.ca), await connectRaw(gate.port, serving.ca)];
    const ended = readToEnd(oldest);
    expect((await sendOn(gate, keepAlive())).status).toBe(200);
    await ended;
    expect(others.map(({ destroyed }) => destroyed)).toEqual([false, false]);
    for (const socket of others) socket.destroy();
  });

  it('a call under way keeps its place: then the new one is closed', async () => {
    let entered = 0;
    const answer = deferred<AdmissionAnswer>();
    const validate = () => {
      entered += 1;
      return answer.promise;
    };
    const gate = await start({ limits: { connections: 2 }, validate });
    const open = [keepAlive(), keepAlive()].map((agent) => sendOn(gate, agent));
    await untilTrue(async () => entered === 2);
    await expect(sendOn(gate, keepAlive())).rejects.toThrow();
    answer.resolve(allowed('late'));
    expect((await Promise.all(open)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await sendOn(gate, keepAlive())).status).toBe(200);
  });

  it('one that waits keeps nothing of its last call: no body stays in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const held = () => {
      collect();
      return process.memoryUsage().external;
    };
    const gate = await start();
    const before = held();
    const megabytes = 2 ** 20;
    for (const agent of Array.from({ length: 10 }, keepAlive)) {
      expect((await sendOn(gate, agent, REVIEW + ' '.repeat(2 * megabytes))).status).toBe(200);
    }
    await untilTrue(async () => held() - before < 8 * megabytes);
  });
});

describe('the certificate is replaced while the gate serves', () => {
  const presented = (port: number, ca: string) =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ca }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      }).on('error', reject);
    });

  it('new connections get the new one, and open calls on old ones are answered', async () => {
    const { gate, entered, answer } = await startWaiting();
    const before = await presented(gate.port, serving.ca);
    const open = sendOn(gate, keepAlive());
    await entered;
    const next = await makeServing();
    gate.replaceCertificate(next);
    expect(await presented(gate.port, next.ca)).not.toBe(before);
    await expect(presented(gate.port, serving.ca)).rejects.toThrow();
    answer(allowed('late'));
    expect((await open).status).toBe(200);
  });

  it('a kept connection is not closed between two calls: the next answer says that it ends, and the one after comes on a new one', async () => {
    const gate = await start();
    const agent = keepAlive();
    let secrets = 0; // of TLS, some for each handshake
    agent.on('keylog', () => {
      secrets += 1;
    });
    expect((await sendOn(gate, agent)).headers.connection).toBe('keep-alive');
    const handshake = secrets;
    gate.replaceCertificate(serving);
    expect((await sendOn(gate, agent)).headers.connection).toBe('close');
    expect(secrets).toBe(handshake);
    expect((await sendOn(gate, agent)).headers.connection).toBe('keep-alive');
    expect(secrets).toBeGreaterThan(handshake);
  });

  it('a pair that does not fit throws, and the old one stays', async () => {
    const gate = await start();
    const before = await presented(gate.port, serving.ca);
    const other = await makeServing();
    expect(() => gate.replaceCertificate({ cert: other.cert, key: serving.key })).toThrow();
    expect(() => gate.replaceCertificate({ cert: 'no certificate', key: serving.key })).toThrow();
    expect(await presented(gate.port, serving.ca)).toBe(before);
  });
});

describe('a stop loses no call', () => {
  it('readiness fails first, calls are served and told to close, then the port is closed', async () => {
    const gate = await start();
    const agent = keepAlive();
    expect((await sendOn(gate, agent)).headers.connection).toBe('keep-alive');
    const stopped = gate.stop({ delayMs: 300 });
    const during = await sendOn(gate, agent);
    expect([during.status, during.headers.connection]).toEqual([200, 'close']);
    const ready = await fetchText(gate.port, '/readyz');
    expect(ready).toMatch(/^HTTP\/1.1 503 .*not ready: stopping/s);
    await stopped;
    await expect(sendOn(gate, keepAlive())).rejects.toThrow('ECONNREFUSED');
  });

  it('an open call is answered before the end', async () => {
    const waiting = await startWaiting();
    const open = sendOn(waiting.gate, keepAlive());
    await waiting.entered;
    const stopped = waiting.gate.stop({ delayMs: 0, drainMs: 10_000 });
    waiting.answer(allowed('late'));
    const { status, headers } = await open;
    expect([status, headers.connection]).toEqual([200, 'close']);
    await stopped;
  });

  it('a hanging call is cut at the end of the drain', async () => {
    const { gate, entered } = await startWaiting();
    const cut = expect(sendOn(gate, keepAlive())).rejects.toThrow();
    await entered;
    await gate.stop({ delayMs: 0, drainMs: 20 });
    await cut;
  });

  it('under load on kept connections', async () => {
    const gate = await start();
    const agents = Array.from({ length: 8 }, keepAlive);
    let answered = 0;
    const failures: unknown[] = [];
    const callUntilClosed = async (agent: Agent): Promise<void> => {
      const { status, headers } = await sendOn(gate, agent);
      answered += 1;
      if (status !== 200) failures.push(status);
      if (headers.connection !== 'close') await callUntilClosed(agent);
    };
    const callers = agents.map((agent) => callUntilClosed(agent).catch((error: unknown) => failures.push(error)));
    await untilTrue(async () => answered > 50);
    const stopped = gate.stop({ delayMs: 500 });
    await Promise.all([...callers, stopped]);
    expect(failures).toEqual([]);
  });
});

async function fetchText(port: number, path: string): Promise<string> {
  const socket = await connectRaw(port, serving.ca);
  const answer = readToEnd(socket);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n`);
  return answer;
}
