import { setTimeout as pause } from 'node:timers/promises';
import { type Api, startApi } from '../test/cluster/api.ts';
import { freePorts } from '../test/cluster/ports.ts';
import { until } from '../test/cluster/wait.ts';
import { podObject } from '../test/support/on-server.ts';
import { documentOf } from '../test/support/parse-template.ts';
import { pointShippedWebhooks } from '../test/support/portcullis.ts';
import { startProduct } from './product.ts';
import { BARE_NODE, runNode } from './run-node.ts';
import { type BenchRow, figure } from './statistics.ts';

const ROUNDS = 8;
const IDLE_MS = 15_000;
const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop, rules: [{ports: [8080]}]}\n');
const BAD_POD = podObject('bad', [9999]);

/**
 * From the start of the process to the first pod that the API server refuses by it, in a cluster that knows it already (its certificates are
 * there); beside what node itself takes. And its memory when nothing happens.
 */
export async function benchStart(): Promise<BenchRow[]> {
  const api = await startApi();
  const [port = 0] = await freePorts(1);
  const wishes = { role: 'all', words: ['--port', `${port}`], hooks: false } as const;
  try {
    const first = await startProduct(api, { ...wishes, template: TEMPLATE });
    await api.namespace('shop');
    await pointShippedWebhooks(api, port);
    await until('a bad pod to be refused', () => isRefused(api), { deadline: 30_000 });
    await pause(IDLE_MS);
    const idle = first.memory();
    await first.stop();
    const [seconds, bare]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push((await runNode(BARE_NODE)) / 1000);
      const enforcing = timeToRefusal(api);
      const product = await startProduct(api, wishes);
      seconds.push(((await enforcing) - product.startedAt) / 1000);
      await product.stop();
    }
    const [start, node] = [figure(seconds), figure(bare)];
    return [
      {
        what: 'start to enforcing: a bad pod is refused',
        measured: `${start.median.toFixed(2)} s (${start.min.toFixed(2)}-${start.max.toFixed(2)}), node -e 0 ${node.median.toFixed(2)} s`,
        goal: '<= 0.5 s',
        reached: start.median <= 0.5,
        data: { start, node },
      },
      {
        what: 'memory of gate and controller in one process, idle',
        measured: `${idle.rssMiB.toFixed(0)} MiB (highest ${idle.peakMiB.toFixed(0)})`,
        goal: '<= 90 MiB',
        reached: idle.rssMiB <= 90,
        data: idle,
      },
    ];
  } finally {
    await api.stop();
  }
}

/** When the API server refused the pod for the first time, of performance.now(). */
async function timeToRefusal(api: Api): Promise<number> {
  while (!(await isRefused(api))) await pause(10);
  return performance.now();
}

async function isRefused(api: Api): Promise<boolean> {
  const { status } = await api.call({ method: 'POST', path: '/api/v1/namespaces/shop/pods?dryRun=All', body: BAD_POD });
  return status === 403;
}
