import { performance } from 'node:perf_hooks';
import { type Api, startApi } from '../test/cluster/api.ts';
import { until } from '../test/cluster/wait.ts';
import { startPortcullis } from '../test/support/portcullis.ts';
import { type BenchRow, figure, percentile } from './statistics.ts';

const ALONE = 60;
const TOGETHER = 300;
const CLIENTS = 16;
const WATCHED = 'bench-';

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: audit
namespaces:
  - name: ${WATCHED}*
    rules:
      - ports: [8080/TCP]
`;

/** From the creation of a namespace to both of its policies, on a real API server: alone, and many from 16 clients. */
export async function benchPair(): Promise<BenchRow[]> {
  const api = await startApi();
  const portcullis = await startPortcullis(api, { template: TEMPLATE });
  try {
    const alone: number[] = [];
    for (let i = 0; i < ALONE; i++) alone.push(await namespaceToPair(api, `${WATCHED}a${i}`));
    const started = performance.now();
    const names = Array.from({ length: TOGETHER }, (_, i) => `${WATCHED}t${i}`).values();
    await Promise.all(Array.from({ length: CLIENTS }, () => createAll(api, names)));
    await until('all pairs', async () => (await countPolicies(api)) >= 2 * (ALONE + TOGETHER), { deadline: 120_000 });
    const seconds = (performance.now() - started) / 1000;
    return [
      {
        what: 'namespace created to both policies, alone',
        measured: `p50 ${figure(alone).median.toFixed(1)} ms, p99 ${percentile(alone, 0.99).toFixed(1)} ms`,
        goal: 'p50 <= 10 ms, p99 <= 50 ms',
        reached: figure(alone).median <= 10 && percentile(alone, 0.99) <= 50,
        data: figure(alone),
      },
      {
        what: `${TOGETHER} namespaces from ${CLIENTS} clients`,
        measured: `${(TOGETHER / seconds).toFixed(0)} pairs a second, none lost`,
        goal: 'none lost',
        reached: true,
        data: { seconds },
      },
    ];
  } finally {
    await portcullis.stop();
    await api.stop();
  }
}

async function createAll(api: Api, names: Iterable<string>): Promise<void> {
  for (const name of names) await createNamespace(api, name);
}

function createNamespace(api: Api, name: string): Promise<unknown> {
  return api.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** Milliseconds until a reader sees both; the reader asks again and again, which is part of the figure. */
async function namespaceToPair(api: Api, name: string): Promise<number> {
  await createNamespace(api, name);
  const start = performance.now();
  for (;;) {
    const list = (await api.request('GET', `/apis/networking.k8s.io/v1/namespaces/${name}/networkpolicies`)) as { items: unknown[] };
    if (list.items.length >= 2) return performance.now() - start;
    if (performance.now() - start > 30_000) throw new Error(`no pair in ${name}`);
  }
}

async function countPolicies(api: Api): Promise<number> {
  const list = (await api.request('GET', '/apis/networking.k8s.io/v1/networkpolicies')) as { items: unknown[] };
  return list.items.length;
}
