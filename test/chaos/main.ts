import { parseArgs } from 'node:util';
import { recordFigures } from '../reliability/record.ts';
import { belatedRecoveries, type ChaosOutcome, runChaos } from './chaos.ts';
import { figuresOf } from './figures.ts';

/** `npm run chaos -- --seed S --namespaces N --pods P --kills K`. Needs what the control-plane tier needs. Exit code 1 where something was lost, let in or too late. */
const number = (name: string, fallback: number) => [name, { type: 'string', default: `${fallback}` }] as const;
const { values } = parseArgs({
  options: Object.fromEntries([
    number('seed', Math.floor(Math.random() * 2 ** 31)),
    number('namespaces', 1000),
    number('pods', 3000),
    number('kills', 24),
  ]),
});
const [seed = 0, namespaces = 0, pods = 0, kills = 0] = ['seed', 'namespaces', 'pods', 'kills'].map((name) => Number(values[name]));
if (![seed, namespaces, pods, kills].every((value) => Number.isInteger(value) && value >= 0) || kills === 0 || namespaces === 0) {
  process.stderr.write('usage: npm run chaos -- [--seed S] [--namespaces N] [--pods P] [--kills K], whole numbers; N and K at least 1\n');
  process.exit(2);
}

const { isTTY } = process.stdout;
const overwrite = isTTY ? '\r\u001b[2K' : '';
const say = (line: string) => void process.stdout.write(`${overwrite}${line}\n`);
const command = `npm run chaos -- --seed ${seed} --namespaces ${namespaces} --pods ${pods} --kills ${kills}`;
say(command);
const outcome = await runChaos({
  ...{ seed, namespaces, pods, kills },
  say,
  progress: (line) => void (isTTY && process.stdout.write(`${overwrite}${line}`)),
}).catch((error: unknown): undefined => say(error instanceof Error ? error.message : String(error)));
process.exitCode = outcome !== undefined && (await isFine(outcome)) ? 0 : 1;

async function isFine(found: ChaosOutcome): Promise<boolean> {
  const faults = [...found.violations.map((violation) => `violation: ${violation}`), ...belatedRecoveries(found.recoveries)];
  if (faults.length === 0) await recordFigures({ name: 'chaos', command, figures: figuresOf(found) }, say);
  for (const fault of faults.slice(0, 20)) say(fault);
  if (faults.length > 0) say(`${faults.length} faults; again with: ${command}`);
  return faults.length === 0;
}
