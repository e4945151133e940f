import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../cluster/wait.ts';
import { post } from '../support/gate.ts';
import { seriesValue } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { request } from '../support/review.ts';
import { startWorkload, type TestWorkload } from '../support/workload.ts';

/** `portcullis serve --template` as a process of its own: the gate with no cluster. */

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const SOON = { timeout: 10_000, interval: 25 };

const templateOf = (ports: string) =>
  documentOf(`mode: enforce
unlisted: deny
namespaces:
  - name: shop
    rules: [{ports: ${ports}}]
  - name: pr-*
    rules: [{ports: [80]}]
`);

interface Served {
  readonly gate: string;
  readonly ca: string;
  /** The lines of the log, as values. */
  readonly log: readonly Record<string, unknown>[];
  metrics(): Promise<string>;
  /** Ends it as SIGTERM does; answers the exit code. */
  stop(): Promise<unknown>;
}

/** Starts it over a folder with template.yaml, and answers once it listens. */
async function serve(folder: string, words: readonly string[]): Promise<Served> {
  const places = ['--template', `${folder}/template.yaml`, '--policies', `${folder}/policies`, '--certificates', `${folder}/certificates`];
  const ports = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--stop-delay', '0'];
  const argv = ['--import', 'tsx', MAIN, 'serve', ...places, ...ports, ...words];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const log: Record<string, unknown>[] = [];
  const lines = createInterface(child.stderr);
  lines.on('line', (line) => log.push(line.startsWith('{') ? JSON.parse(line) : { msg: line }));
  const portOf = (msg: string) => log.find((line) => line.msg === msg)?.port;
  await until('the gate to listen', async () => child.exitCode !== null || portOf('the gate listens') !== undefined, {
    deadline: 20_000,
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  const [gate, metrics] = [portOf('the gate listens'), portOf('metrics are served')];
  return {
    gate: `https://127.0.0.1:${gate}/validate`,
    ca: await readFile(join(folder, 'certificates', 'ca.crt'), 'utf8'),
    log,
    metrics: async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text(),
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
  };
}

let folder: string;
let workload: TestWorkload;
let served: Served;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-serve-'));
  await writeFile(`${folder}/template.yaml`, templateOf('[8080]'));
  workload = await startWorkload('127.0.32.1', 1);
  served = await serve(folder, ['--engine', 'connect', '--scan-target', `shop/api=${workload.address},pid=${workload.pid}`]);
}, 30_000);

afterAll(async () => {
  expect(await served?.stop()).toBe(0);
  await workload?.close();
  await rm(folder, { recursive: true, force: true });
});

async function review(kind: string, fields: Parameters<typeof request>[1]): Promise<{ allowed: boolean; message: string }> {
  const body = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: request(kind, fields) };
  const answer = await post(served.gate, JSON.stringify(body), { ca: served.ca });
  const { response } = answer.body as { response: { allowed: boolean; status?: { message?: string } } };
  return { allowed: response.allowed, message: response.status?.message ?? '' };
}

const pod = (name: string, port: number) => ({
  name,
  object: {
    metadata: { name, namespace: 'shop' },
    spec: { containers: [{ name: 'main', image: 'main', ports: [{ containerPort: port }] }] },
  },
});
const admits = async (port: number) => (await review('Pod', pod('any', port))).allowed;
const namespace = (name: string, dryRun = false) => review('Namespace', { namespace: name, name, dryRun, object: { metadata: { name } } });
const policyFiles = async () => (await readdir(`${folder}/policies`).catch(() => [])).sort();

describe('portcullis serve with no cluster', () => {
  it('judges by the template as the file says it now, and by the last good one where it is bad', async () => {
    expect([await admits(8080), await admits(9090)]).toEqual([true, false]);
    await writeFile(`${folder}/template.yaml`, templateOf('[9090]'));
    await expect.poll(() => admits(9090), SOON).toBe(true);
    expect(await admits(8080)).toBe(false);
    const refused = async () => seriesValue(await served.metrics(), 'portcullis_template_documents_refused');
    expect(await refused()).toBe(0);
    await writeFile(`${folder}/template.yaml`, templateOf('[99999]'));
    await expect.poll(refused, SOON).toBe(1);
    expect([await admits(8080), await admits(9090)]).toEqual([false, true]);
    await writeFile(`${folder}/template.yaml`, templateOf('[8080]'));
    await expect.poll(() => admits(8080), SOON).toBe(true);
    expect(await refused()).toBe(0);
  });

  it('writes the files of namespaces that the template names, and of one that is created, and none in a dry run or for one that it refuses', async () => {
    await expect.poll(policyFiles, SOON).toEqual(['shop-allow.yaml', 'shop-block.yaml']);
    expect(await namespace('pr-1', true)).toEqual({ allowed: true, message: '' });
    expect((await namespace('elsewhere')).allowed).toBe(false);
    expect(await namespace('pr-2')).toEqual({ allowed: true, message: '' });
    const files = ['pr-2-allow.yaml', 'pr-2-block.yaml', 'shop-allow.yaml', 'shop-block.yaml'];
    await expect.poll(policyFiles, SOON).toEqual(files);
    expect(await readFile(`${folder}/policies/pr-2-allow.yaml`, 'utf8')).toContain('port: 80\n');
    expect(await namespace('pr-1')).toEqual({ allowed: true, message: '' });
    await expect.poll(policyFiles, SOON).toEqual(['pr-1-allow.yaml', 'pr-1-block.yaml', ...files]);
  });

  it('scans a pod that it admits, not one in a dry run', async () => {
    const exposed = async () => seriesValue(await served.metrics(), 'portcullis_findings{verdict="exposed"}');
    const lines = () => served.log.filter(({ msg }) => msg === 'a port is open that nobody authorized');
    expect((await review('Pod', { ...pod('api', 8080), dryRun: true })).allowed).toBe(true);
    expect((await review('Pod', pod('api', 9090))).allowed).toBe(false);
    expect([await exposed(), lines()]).toEqual([0, []]);
    expect((await review('Pod', pod('api', 8080))).allowed).toBe(true);
    await expect.poll(exposed, SOON).toBe(1);
    await expect.poll(lines, SOON).toHaveLength(1);
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'warn',
        pod: 'shop/api',
        port: `${workload.ports[0]}/TCP`,
        reason: 'open, though nobody authorized it',
      }),
    ]);
  });
});
