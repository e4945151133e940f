import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../test/support/serving.ts';
import { BARE_NODE, runNode } from './run-node.ts';
import { type BenchRow, figure } from './statistics.ts';

const DEMO = fileURLToPath(new URL('../demo/', import.meta.url));
const TEMPLATE = join(DEMO, 'template.yaml');
/** Every document of every manifest, parsed and thrown away; what cannot be parsed is passed over. */
const PARSE = `import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
const folder = process.argv[1];
for (const name of readdirSync(folder, { recursive: true }))
  if (/\\.(ya?ml|json)$/.test(name)) try { loadAll(readFileSync(folder + '/' + name, 'utf8')); } catch {}`;

/** `check` of one file, and of a folder of manifests where PORTCULLIS_CORPUS names one, beside what cannot be spared: node, and a parser. */
export async function benchCheck(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-bench-check-'));
  try {
    const program = await buildProgram(folder);
    const check = (path: string) => [program, 'check', '--template', TEMPLATE, path];
    const corpus = process.env.PORTCULLIS_CORPUS;
    const one = { what: 'check of one file, node -e 0 = 1', goalMs: 150, rounds: 11 };
    const rows = [await row(one, check(join(DEMO, 'deployment.yaml')), BARE_NODE)];
    const all = { what: 'check of the corpus, a plain parse of it = 1', goalMs: 1_000, rounds: 5 };
    if (corpus !== undefined) rows.push(await row(all, check(corpus), ['--input-type=module', '-e', PARSE, corpus]));
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Measure {
  readonly what: string;
  readonly goalMs: number;
  readonly rounds: number;
}

async function row({ what, goalMs, rounds }: Measure, ours: readonly string[], theirs: readonly string[]): Promise<BenchRow> {
  const [own, beside]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const [mine, bare] = [await runNode(ours), await runNode(theirs)];
    if (round === 0) continue; // the files are in the cache of the kernel now
    own.push(mine);
    beside.push(bare);
  }
  const ratio = figure(own.map((ms, round) => ms / (beside[round] ?? Number.NaN)));
  const [ms, bareMs] = [figure(own), figure(beside)];
  return {
    what,
    measured: `${ratio.median.toFixed(1)} (${ms.median.toFixed(0)} beside ${bareMs.median.toFixed(0)} ms)`,
    goal: `<= ${goalMs} ms`,
    reached: ms.median <= goalMs,
    data: { ratio, ms, bareMs },
  };
}
