import { setTimeout as pause } from 'node:timers/promises';
import { POLICIES } from '../src/adapters/kube/paths.ts';
import { type Api, startApi } from '../test/cluster/api.ts';
import { until } from '../test/cluster/wait.ts';
import { documentOf } from '../test/support/parse-template.ts';
import { makeFleet } from './fleet.ts';
import { startProduct } from './product.ts';
import type { BenchRow } from './statistics.ts';

const NAMESPACES = 4_000;
const PODS = 10_000;
const SETTLE_MS = 20_000;
const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: fleet-*, rules: [{ports: [8080, 9090]}]}\n');

/** Memory of gate and controller in one process on a large cluster: after it grew under their eyes, and after a start in it. */
export async function benchMemory(): Promise<BenchRow[]> {
  const api = await startApi({ serverFlags: ['--disable-admission-plugins=ServiceAccount'] });
  try {
    const first = await startProduct(api, { role: 'all', template: TEMPLATE, hooks: false });
    await makeFleet(api, { namespaces: NAMESPACES, pods: PODS });
    await until('every policy', async () => (await countPolicies(api)) === 3 * NAMESPACES, { deadline: 600_000 });
    await pause(SETTLE_MS);
    const grown = first.memory();
    await first.stop();
    const second = await startProduct(api, { role: 'all', hooks: false });
    await pause(SETTLE_MS);
    const started = second.memory();
    await second.stop();
    return [row('grown under its eyes', grown), row('after a start in it', started)];
  } finally {
    await api.stop();
  }
}

async function countPolicies(api: Api): Promise<number> {
  const { items = [], metadata } = await api.request('GET', `${POLICIES}?limit=1`);
  return items.length + Number(metadata?.remainingItemCount ?? 0);
}

function row(what: string, memory: { readonly rssMiB: number; readonly peakMiB: number }): BenchRow {
  return {
    what: `memory at ${NAMESPACES} namespaces and ${PODS} pods, ${what}`,
    measured: `${memory.rssMiB.toFixed(0)} MiB (highest ${memory.peakMiB.toFixed(0)})`,
    goal: '<= 150 MiB',
    reached: memory.rssMiB <= 150,
    data: memory,
  };
}
