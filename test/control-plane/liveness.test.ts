import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reviewBodies } from '../../bench/review.ts';
import { apiServerAnswers } from '../../src/adapters/kube/answers.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { connectRaw, post, readToEnd } from '../support/gate.ts';
import { documentOf } from '../support/parse-template.ts';
import { install } from '../support/portcullis.ts';
import { secretFiles } from '../support/served-certificate.ts';
import { buildProgram, type Serving, startServing } from '../support/serving.ts';

/** What the kubelet learns of a real process by its probes, and how that process ends when it is told to. */

let api: Api;
let folder: string;
let program: string;
let serving: Serving;

beforeAll(async () => {
  api = await startApi();
  folder = await mkdtemp(join(tmpdir(), 'portcullis-liveness-'));
  await install(api, documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop}\n'));
  program = await buildProgram(folder);
  serving = await start('first');
}, 120_000);

afterAll(async () => {
  await serving?.process.kill();
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(name: string): Promise<Serving> {
  const words = ['--role', 'webhook', '--kubeconfig', api.kubeconfig('portcullis-webhook'), '--address', '127.0.0.1'];
  return startServing({ program, folder, name, words });
}

/** As deploy/base probes: five seconds of silence are a failure. */
function probe({ gatePort: port = 0 }: Serving, path: '/livez' | '/readyz'): Promise<number | 'no answer'> {
  return new Promise((resolve) => {
    const call = get({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false, timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve('no answer'));
  });
}

const isAlive = async () => (await probe(serving, '/livez')) === 200;
const soon = (what: string, isSo: () => Promise<boolean>) => until(what, isSo, { deadline: 60_000, children: [serving.process] });
const access = () => ({ kind: 'kubeconfig', files: [api.kubeconfig('portcullis-webhook')] }) as const;

describe('the process is', () => {
  it('alive and ready', async () => {
    expect([await probe(serving, '/livez'), await probe(serving, '/readyz')]).toEqual([200, 200]);
  });

  it('not alive while its event loop stands still: the same loop answers the probe, so that the probe has no answer', async () => {
    process.kill(serving.process.pid, 'SIGSTOP');
    try {
      expect(await probe(serving, '/livez')).toBe('no answer');
    } finally {
      process.kill(serving.process.pid, 'SIGCONT');
    }
    await soon('it to be alive again', isAlive);
  });

  it('alive and ready while the API server is away: a restart would lose what is cached', async () => {
    expect(await apiServerAnswers(access(), { version: 'test' })).toBe(true);
    await api.stopServer();
    expect(await apiServerAnswers(access(), { version: 'test' })).toBe(false);
    expect([await probe(serving, '/livez'), await probe(serving, '/readyz')]).toEqual([200, 200]);
    await api.startServer();
    expect(await apiServerAnswers(access(), { version: 'test' })).toBe(true);
  });
});

describe('told to end, it', () => {
  // Ten seconds it serves on, and five it lets calls end: as long as deploy/base gives it, unless told otherwise.
  it('answers the call that is under way and those that still come, says that it is not ready, and exits with 0', async () => {
    const other = await start('second');
    const { gatePort: port = 0 } = other;
    const ca = (await secretFiles(api))?.['ca.crt'] ?? '';
    const [body = ''] = reviewBodies();
    const underWay = await connectRaw(port, ca);
    const answer = readToEnd(underWay);
    const head = `POST /validate?timeout=3s HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    underWay.write(head + body.slice(0, 1_000));
    const ended = other.process.kill('SIGTERM');
    await until('it to be no longer ready', async () => (await probe(other, '/readyz')) === 503, { deadline: 9_000 });
    expect((await post(`https://127.0.0.1:${port}/validate`, body, { ca })).status).toBe(200);
    underWay.write(body.slice(1_000));
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.toLowerCase()).toContain('connection: close');
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it('does not wait for ever for a call that never ends', async () => {
    const other = await start('third');
    const ca = (await secretFiles(api))?.['ca.crt'] ?? '';
    const hanging = await connectRaw(other.gatePort ?? 0, ca);
    const end = readToEnd(hanging);
    hanging.write('POST /validate HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    const began = performance.now();
    expect(await other.process.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(30_000); // terminationGracePeriodSeconds of deploy/base
    await end;
  });
});
