import { parseArgs } from 'node:util';
import { type Figure, recordFigures } from '../reliability/record.ts';
import { figuresOf } from './figures.ts';
import { runFuzz } from './run.ts';
import { TARGETS } from './targets.ts';

const USAGE = `usage: npm run fuzz -- [--target ${Object.keys(TARGETS).join('|')}] [--count N] [--seed S] [--only INDEX]`;

/** `npm run fuzz`: a million fuzzed reviews, and the parsers with as many inputs as they get through in a minute or so. */
const { values } = parseArgs({
  options: { target: { type: 'string' }, count: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const only = values.only === undefined ? undefined : Number(values.only);
const chosen = Object.entries(TARGETS).filter(([name]) => values.target === undefined || name === values.target);
const numbers = [seed, Number(values.count ?? 1), only ?? 0];
if (chosen.length === 0 || !numbers.every((number) => Number.isInteger(number) && number >= 0)) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const say = (line: string) => void process.stdout.write(`${line}\n`);
say(`seed ${seed}`);
const figures: Figure[] = [];
for (const [name, { start, count }] of chosen) {
  const again = `npm run fuzz -- --target ${name}`;
  const plan = { seed, count: Number(values.count ?? count), again, progress: (line: string) => say(`${name}: ${line}`) };
  const outcome = await runFuzz(await start(), only === undefined ? plan : { ...plan, only });
  for (const fault of outcome.faults) say(`${name}: ${fault}`);
  if (outcome.faults.length > 0) process.exitCode = 1;
  figures.push(...figuresOf(name, outcome));
}
if (only === undefined && process.exitCode !== 1)
  await recordFigures({ name: 'fuzz', command: `npm run fuzz -- --seed ${seed}`, figures }, say);
