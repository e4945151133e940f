import { parseArgs } from 'node:util';
import { testImages } from '../cluster/images.ts';
import { startNode } from '../cluster/node/node.ts';
import { installPortcullis } from '../support/install.ts';
import { modelCluster } from './cluster.ts';
import { runModel } from './model.ts';

/** `npm run model -- --templates N --seed S`: the model on a node of its own. Needs what the node tier needs. */
const { values } = parseArgs({ options: { templates: { type: 'string', default: '200' }, seed: { type: 'string' } } });
const count = Number(values.templates);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run model -- [--templates N] [--seed S], whole numbers, N at least 1\n');
  process.exit(2);
}

const node = await startNode({ images: await testImages() });
try {
  await installPortcullis(node);
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const outcome = await runModel(await modelCluster(node.api), { count, seed, budgetMs: Number.POSITIVE_INFINITY, say });
  if (outcome.difference !== undefined) say(outcome.difference);
  say(`${outcome.templates} templates, seed ${seed}: ${outcome.attempts} connections tried, ${outcome.permitted} of them permitted`);
  process.exitCode = outcome.difference === undefined ? 0 : 1;
} finally {
  await node.stop();
}
