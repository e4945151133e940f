import { performance } from 'node:perf_hooks';
import { type Api, startApi } from '../test/cluster/api.ts';
import { documentOf } from '../test/support/parse-template.ts';
import { createNamespace } from './namespaces.ts';
import { madeIn, type PolicyWatch, watchPolicies } from './policy-watch.ts';
import { startProduct } from './product.ts';
import { type BenchRow, figure, percentile } from './statistics.ts';

const WARM_UP = 10;
const NAMESPACES = 100;
const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: bench-*, rules: [{ports: [8080]}]}\n');
/** Block, allow, and the rule's own. */
const POLICIES_OF_EACH = 3;

/** From the answer to who made a namespace, to the moment when a watch has told of its last policy. Hooks on, one namespace at a time. */
export async function benchPair(): Promise<BenchRow[]> {
  const api = await startApi();
  const product = await startProduct(api, { role: 'all', template: TEMPLATE, hooks: true });
  const watch = await watchPolicies(api);
  try {
    for (let i = 0; i < WARM_UP; i += 1) await namespaceToPair(api, watch, `bench-warm-${i}`);
    const times: number[] = [];
    for (let i = 0; i < NAMESPACES; i += 1) times.push(await namespaceToPair(api, watch, `bench-${i}`));
    const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
    return [
      {
        what: 'namespace created to all of its policies, alone',
        measured: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
        goal: 'p50 <= 10 ms, p99 <= 50 ms',
        reached: p50 <= 10 && p99 <= 50,
        data: { ...figure(times), p99 },
      },
    ];
  } finally {
    watch.stop();
    await product.stop();
    await api.stop();
  }
}

async function namespaceToPair(api: Api, watch: PolicyWatch, name: string): Promise<number> {
  const isComplete = madeIn(1, POLICIES_OF_EACH);
  const made = watch.when((event) => event.namespace === name && isComplete(event));
  await createNamespace(api, name);
  const start = performance.now();
  return (await made) - start;
}
