import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { recordFigures } from '../reliability/record.ts';
import { loadFigures, startLoad } from '../support/api-load.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';

/** The webhooks are replaced one after the other, as a Deployment does it (one more first), while the API server goes on calling them. */

let api: Api;
let replicas: Replicas;

beforeAll(async () => {
  api = await startApi();
  replicas = await startReplicas(api, 2);
}, 120_000);

afterAll(async () => {
  await replicas?.stop();
  await api?.stop();
});

/** Each of the two replicas. */
const REPLACEMENTS = 2;
/** Calls before, between and after, so that each connection of the API server is used. */
const CALLS = 150;

it('no call fails while both webhooks are replaced under load', async () => {
  const load = startLoad(api, { namespace: replicas.namespace, workers: 6, restMs: 10 });
  const more = async () => {
    const wanted = load.calls() + CALLS;
    await until(`${CALLS} more calls`, async () => load.calls() >= wanted, { deadline: 120_000 });
  };
  const endings: Awaited<ReturnType<Replicas['end']>>[] = [];
  try {
    await more();
    while (endings.length < REPLACEMENTS) {
      const [oldest] = replicas.all();
      if (oldest === undefined) throw new Error('no webhook serves');
      await replicas.add();
      endings.push(await replicas.end(oldest));
      await more();
    }
  } finally {
    await load.stop();
  }
  expect(load.failed).toEqual([]);
  expect(endings.map(({ code, signal }) => ({ code, signal }))).toEqual(Array(REPLACEMENTS).fill({ code: 0, signal: null }));
  expect(replicas.balancer.refused()).toBe(0);
  await recordFigures({
    name: 'rollout',
    command: 'npx vitest run --project control-plane test/control-plane/rollout.test.ts',
    figures: [
      { what: 'webhooks replaced under load, one after the other', value: `${endings.length}` },
      ...loadFigures(load),
      { what: 'SIGTERM to exit 0, longest', value: `${(Math.max(...endings.map(({ ms }) => ms)) / 1000).toFixed(1)} s` },
    ],
  });
}, 300_000);
