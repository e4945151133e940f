import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelCluster } from '../model/cluster.ts';
import { runModel } from '../model/model.ts';
import { removePods } from '../model/pods.ts';
import { installPortcullis } from '../support/install.ts';
import { sharedNode } from './shared.ts';

/** As many templates as fit; `npm run model` tries 200. The seed is another one each time, and is printed. */
const BUDGET_MS = 3 * 60_000;
const seed = Number(process.env.PORTCULLIS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const node = sharedNode();

beforeAll(() => installPortcullis(node), 600_000);

afterAll(async () => {
  await removePods(node.api);
  await installPortcullis(node); // the template as it was
}, 180_000);

it(`what passes between pods is what the template permits, for random templates (seed ${seed})`, {
  timeout: BUDGET_MS + 180_000,
}, async () => {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const outcome = await runModel(await modelCluster(node.api), { count: 200, seed, budgetMs: BUDGET_MS, say });
  expect(outcome.difference).toBeUndefined();
  expect(outcome.templates).toBeGreaterThan(0);
  say(`${outcome.templates} templates, seed ${seed}: ${outcome.attempts} connections tried, ${outcome.permitted} of them permitted`);
});
