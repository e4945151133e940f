import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reviewBodies } from '../../bench/review.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { type Figure, recordFigures } from '../reliability/record.ts';
import { connectRaw, post, readToEnd } from '../support/gate.ts';
import { podObject, policiesOf } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { install } from '../support/portcullis.ts';
import { processFigures } from '../support/process-figures.ts';
import { secretFiles } from '../support/served-certificate.ts';
import { buildProgram, type Serving, startServing } from '../support/serving.ts';

/** Floods of every kind against one real process: it sheds what is too much with a clear answer, keeps its memory, and goes on. */

const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: flood-*, rules: [{ports: [80]}]}\n');

let api: Api;
let folder: string;
let serving: Serving;
let ca: string;
const figures: Figure[] = [];

beforeAll(async () => {
  api = await startApi();
  folder = await mkdtemp(join(tmpdir(), 'portcullis-overload-'));
  await install(api, TEMPLATE);
  const words = ['--role', 'all', '--engine', 'off', '--kubeconfig', api.kubeconfig('portcullis-controller'), '--stop-delay', '0'];
  serving = await startServing({ program: await buildProgram(folder), folder, name: 'serve', words: [...words, '--address', '127.0.0.1'] });
  ca = (await secretFiles(api))?.['ca.crt'] ?? '';
  for (let round = 0; round < 50; round += 1) await review(); // compiled, and its first memory taken
}, 120_000);

afterAll(async () => {
  await serving?.process.kill();
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});

const [BODY = ''] = reviewBodies();
const port = () => serving.gatePort ?? 0;
const address = () => `https://127.0.0.1:${port()}/validate?timeout=3s`;
const figuresNow = () => processFigures(serving.process.pid);
const soon = (what: string, probe: () => Promise<boolean>) => until(what, probe, { deadline: 60_000, children: [serving.process] });

/** One call as an API server makes it, on a connection of its own unless an agent is given. */
async function review(agent = new Agent(), body = BODY): Promise<{ status: number; ms: number; answer: unknown; retryAfter?: string }> {
  const start = performance.now();
  const { status, body: answer, headers } = await post(address(), body, { ca, agent });
  const retryAfter = headers['retry-after'];
  return { status, ms: performance.now() - start, answer, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

const isServed = async () => (await review().catch(() => ({ status: 0 }))).status === 200;
/** Memory as deploy/base limits it for a webhook. */
const LIMIT_MIB = 256;
const counted = (values: readonly string[]) =>
  Object.fromEntries(values.map((one) => [one, values.filter((other) => other === one).length]));

describe('a flood', () => {
  it('of 10,000 reviews at once: each has an answer, and memory stays', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 400 });
    const answers = await Promise.all(Array.from({ length: 10_000 }, () => review(agent)));
    agent.destroy();
    const statuses = counted(answers.map(({ status }) => String(status)));
    expect(Object.keys(statuses).filter((status) => !['200', '503'].includes(status))).toEqual([]);
    expect(statuses['200']).toBeGreaterThan(1_000);
    const { peakMiB } = figuresNow();
    expect(peakMiB).toBeLessThan(LIMIT_MIB);
    figures.push({ what: '10,000 reviews at once on 400 connections: answers by status', value: JSON.stringify(statuses) });
    figures.push({ what: 'highest memory meanwhile', value: `${peakMiB.toFixed(0)} MiB of ${LIMIT_MIB}` });
  }, 180_000);

  it('of 3,000 connections that say nothing: a caller with a review gets in, and no more than 1,024 stay open', async () => {
    const mute = await Promise.all(Array.from({ length: 3_000 }, muteConnection));
    try {
      expect((await review()).status).toBe(200);
      const { sockets } = figuresNow();
      expect(sockets).toBeLessThan(1_024 + 100);
      figures.push({ what: '3,000 mute connections: sockets that stay open', value: `${sockets}` });
    } finally {
      for (const socket of mute) socket.destroy();
    }
    await soon('the sockets to be closed', async () => figuresNow().sockets < 100);
  }, 120_000);

  it('of bodies that never end: from the 512th on a call is told 503 and to come again, and soon there is room', async () => {
    const slow: TLSSocket[] = [];
    const ends: Promise<string>[] = [];
    try {
      let shed = await review();
      while (shed.status === 200 && slow.length < 5_000) {
        const more = await Promise.all(Array.from({ length: 64 }, () => connectRaw(port(), ca)));
        for (const socket of more) {
          ends.push(readToEnd(socket));
          socket.write('POST /validate HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
        }
        slow.push(...more);
        shed = await review();
      }
      expect(shed).toMatchObject({ status: 503, answer: { reason: 'Overloaded', code: 503 }, retryAfter: '1' });
      expect(slow.length).toBeGreaterThanOrEqual(512);
      await soon('room again', isServed);
      const told = counted((await Promise.all(ends)).map((text) => text.slice(9, 12)));
      expect(Object.keys(told)).toContain('408');
    } finally {
      for (const socket of slow) socket.destroy();
    }
  }, 120_000);

  it('of bodies of 8 MiB: what does not fit into 24 MiB is told 503, and memory stays', async () => {
    const large = JSON.stringify({ padding: 'x'.repeat(8 * 1024 * 1024 - 100) });
    const agent = new Agent({ keepAlive: true }); // as the API server does: a caller that wants to close may miss an answer that comes before its body ends
    const answers = await Promise.all(Array.from({ length: 40 }, () => review(agent, large)));
    agent.destroy();
    const statuses = counted(answers.map(({ status }) => String(status)));
    expect(Object.keys(statuses).filter((status) => !['400', '503'].includes(status))).toEqual([]);
    expect(await isServed()).toBe(true);
    const { peakMiB } = figuresNow();
    figures.push({ what: '40 bodies of 8 MiB at once: answers by status', value: JSON.stringify(statuses) });
    figures.push({ what: 'highest memory of all', value: `${peakMiB.toFixed(0)} MiB of ${LIMIT_MIB}` });
    expect(peakMiB).toBeLessThan(LIMIT_MIB);
  }, 120_000);

  it('of namespaces, pods and events: everything is done, and the same again takes no more memory', async () => {
    const namespaces = Array.from({ length: 100 }, (_, index) => `flood-${index}`);
    await inParallel(namespaces, (name) => api.namespace(name));
    const pods = namespaces.flatMap((name) => Array.from({ length: 6 }, (_, index) => [name, `pod-${index}`] as const));
    await inParallel(pods, ([namespace, name]) => api.request('POST', `/api/v1/namespaces/${namespace}/pods`, podObject(name, [80])));
    for (const name of namespaces) await soon(`the policies of ${name}`, async () => (await policiesOf(api, name)).length >= 2);
    const relabel = (round: number) =>
      inParallel(pods, ([namespace, name]) =>
        api.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}`, { metadata: { labels: { round: `${round}` } } }),
      );
    await relabel(0);
    const before = figuresNow().rssMiB;
    for (const round of [1, 2, 3]) await relabel(round);
    expect(await isServed()).toBe(true);
    const { rssMiB } = figuresNow();
    expect(rssMiB - before).toBeLessThan(40);
    expect(rssMiB).toBeLessThan(LIMIT_MIB);
    const value = `${before.toFixed(0)} MiB, then ${rssMiB.toFixed(0)} MiB`;
    figures.push({
      what: `${namespaces.length} namespaces and ${pods.length} pods: memory, and after ${3 * pods.length} events more`,
      value,
    });
  }, 300_000);

  it('is over: the process is the same, and all figures are there', async () => {
    expect(serving.process.ending()).toBeUndefined();
    await recordFigures({
      name: 'overload',
      command: 'npx vitest run --project control-plane test/control-plane/overload.test.ts',
      figures,
    });
  });
});

/** Connected, and then silent; closed by the other side or not. */
function muteConnection(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: port() }, () => resolve(socket));
    socket.on('error', () => resolve(socket));
  });
}

/** So many at a time as an API server takes without queueing. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
