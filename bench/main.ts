import { writeFile } from 'node:fs/promises';
import { table } from '../src/cli/table.ts';
import { benchCheck } from './check.ts';
import { benchDecision } from './decision.ts';
import { benchDrift } from './drift.ts';
import { benchFlood } from './flood.ts';
import { benchMemory } from './memory.ts';
import { benchNodeSockets } from './node-sockets.ts';
import { benchPair } from './pair.ts';
import { benchPodCreation } from './pod-creation.ts';
import { benchScan } from './scan.ts';
import { benchStart } from './start.ts';
import type { BenchRow } from './statistics.ts';
import { benchTemplateEdit } from './template-edit.ts';
import { benchWebhook } from './webhook.ts';

/**
 * `npm run bench [NAME ...]`, all of them unless named: figures as ratios in one run; the rows to bench/results.json as well. The corpus of `check`
 * is the folder that PORTCULLIS_CORPUS names.
 */
const BENCHES: Readonly<Record<string, () => BenchRow[] | Promise<BenchRow[]>>> = {
  decision: benchDecision,
  webhook: benchWebhook,
  pair: benchPair,
  flood: benchFlood,
  drift: benchDrift,
  template: benchTemplateEdit,
  pods: benchPodCreation,
  start: benchStart,
  memory: benchMemory,
  check: benchCheck,
  node: benchNodeSockets,
  scan: benchScan,
};
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) throw new Error(`there is no bench ${unknown.join(', ')}, but ${Object.keys(BENCHES).join(', ')}`);
const rows: BenchRow[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`measuring: ${name} …\n`);
  rows.push(...(await bench()));
}
process.stdout.write(
  table(
    ['WHAT', 'MEASURED', 'GOAL', ''],
    rows.map(({ what, measured, goal, reached }) => [what, measured, goal, reached === undefined ? '' : reached ? 'reached' : 'missed']),
  ),
);
await writeFile(
  new URL('./results.json', import.meta.url),
  `${JSON.stringify({ date: new Date().toISOString(), node: process.version, rows }, null, 2)}\n`,
);
