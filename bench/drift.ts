import { isDeepStrictEqual } from 'node:util';
import { startApi } from '../test/cluster/api.ts';
import { policyPath, specsOf } from '../test/support/on-server.ts';
import { documentOf } from '../test/support/parse-template.ts';
import { createNamespace } from './namespaces.ts';
import { madeIn, watchPolicies } from './policy-watch.ts';
import { startProduct } from './product.ts';
import { type BenchRow, figure, percentile } from './statistics.ts';

const ROUNDS = 60;
const WARM_UP = 5;
const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: drift, rules: [{ports: [8080]}]}\n');
const BLOCK = policyPath('drift', 'portcullis-block');

/** From the answer to who deleted or edited the block, to the moment when a watch has told that it is as it was. No hooks, so that one can. */
export async function benchDrift(): Promise<BenchRow[]> {
  const api = await startApi();
  const product = await startProduct(api, { role: 'controller', template: TEMPLATE, hooks: false });
  const watch = await watchPolicies(api);
  try {
    const isComplete = watch.when(madeIn(1, 3));
    await createNamespace(api, 'drift');
    await isComplete;
    const { 'portcullis-block': wanted } = await specsOf(api, 'drift');
    const measure = async (does: () => Promise<unknown>) => {
      let isDifferent = false;
      const back = watch.when(({ name, type, spec }) => {
        if (name !== 'portcullis-block') return false;
        isDifferent ||= type === 'DELETED' || !isDeepStrictEqual(spec, wanted);
        return isDifferent && type !== 'DELETED' && isDeepStrictEqual(spec, wanted);
      });
      await does();
      const start = performance.now();
      return Math.max(0, (await back) - start);
    };
    const [deleted, edited]: [number[], number[]] = [[], []];
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
      deleted.push(await measure(() => api.request('DELETE', BLOCK)));
      edited.push(await measure(() => api.request('PATCH', BLOCK, { spec: { egress: [{}] } })));
    }
    return [row('deleted', deleted.slice(WARM_UP)), row('edited', edited.slice(WARM_UP))];
  } finally {
    watch.stop();
    await product.stop();
    await api.stop();
  }
}

function row(what: string, times: readonly number[]): BenchRow {
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  return {
    what: `policy ${what} to back`,
    measured: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    goal: '<= 50 ms',
    reached: p99 <= 50,
    data: { ...figure(times), p99 },
  };
}
