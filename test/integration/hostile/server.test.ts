import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openConnection } from '../../fuzz/review-connection.ts';
import { type FuzzGate, startFuzzGate } from '../../fuzz/review-gate.ts';
import { connectRaw, readToEnd } from '../../support/gate.ts';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-hostile-'));
const lines: string[] = [];
let gate: FuzzGate;

beforeAll(async () => {
  gate = await startFuzzGate((line) => lines.push(line), folder);
}, 240_000);

afterAll(async () => {
  await gate.stop();
  rmSync(folder, { recursive: true, force: true });
});

const REQUEST = {
  uid: 'u-1',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  resource: { group: '', version: 'v1', resource: 'pods' },
  namespace: 'shop',
  name: 'api',
  operation: 'CREATE',
};

/** The answer to a review of a pod in `shop` whose spec has these words. */
async function answerTo(spec: string, before = ''): Promise<{ status: number; body: unknown }> {
  const request = `${JSON.stringify(REQUEST).slice(0, -1)},"object":{"metadata":{"name":"api"},"spec":{${spec}}}}`;
  const review = `{${before}"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":${request}}`;
  const connection = await openConnection(gate.port, gate.ca);
  const { status, text } = await connection.ask('/validate', Buffer.from(review));
  connection.close();
  return { status, body: JSON.parse(text) };
}

const PORT_9999 = '"containers":[{"name":"c","ports":[{"containerPort":9999}]}]';
const PORT_80 = PORT_9999.replace('9999', '80');

it.each([
  ['__proto__ beside the port', `"__proto__":{"containers":[],"hostNetwork":false},${PORT_9999}`, ''],
  ['__proto__ of the review', PORT_9999, '"__proto__":{"allowed":true,"request":{"operation":"DELETE"}},'],
  ['constructor.prototype', `"constructor":{"prototype":{"ports":[]}},${PORT_9999}`, ''],
  ['a key said twice, of which the last counts', `${PORT_80},${PORT_9999}`, ''],
  ['nesting of a million lists', `"x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)},${PORT_9999}`, ''],
  ['nesting of half a million objects', `"x":${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)},${PORT_9999}`, ''],
  ['a number beyond all bounds', `"x":1e999999,${PORT_9999}`, ''],
])('a port that nobody authorized is refused, whatever stands around it: %s', { timeout: 240_000 }, async (_, spec, before) => {
  expect(await answerTo(spec, before)).toMatchObject({
    status: 200,
    body: { response: { uid: 'u-1', allowed: false, status: { code: 403 } } },
  });
  const bare: Readonly<Record<string, unknown>> = {};
  expect([bare.allowed, bare.ports, bare.containers]).toEqual([undefined, undefined, undefined]);
});

it('ports are read from the object itself, never from a prototype that it brings along', { timeout: 240_000 }, async () => {
  expect(await answerTo(`"__proto__":{${PORT_9999}},${PORT_80}`)).toMatchObject({ body: { response: { allowed: true } } });
});

it.each([
  ['one header of 64 KiB', `x-big: ${'a'.repeat(65_536)}`],
  ['ten thousand headers', Array.from({ length: 10_000 }, (_, i) => `x-${i}: ${i}`).join('\r\n')],
])('a flood of headers is answered and the connection closed: %s', { timeout: 240_000 }, async (_, headers) => {
  const socket = await connectRaw(gate.port, gate.ca);
  const answer = readToEnd(socket);
  socket.write(`POST /validate HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`);
  expect(await answer).toMatch(/^HTTP\/1\.1 431 .*"reason":"RequestHeaderFieldsTooLarge"/s);
});

it('no key is in the log, whatever happened', async () => {
  const keys = readdirSync(folder)
    .filter((file) => file.endsWith('.key'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  expect(keys.length).toBeGreaterThan(0);
  expect(lines.length).toBeGreaterThan(0);
  const secrets = keys.flatMap((key) => key.split('\n').filter((line) => line.length > 30));
  expect(lines.filter((line) => line.includes('PRIVATE KEY') || secrets.some((secret) => line.includes(secret)))).toEqual([]);
});
