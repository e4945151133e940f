import { fileURLToPath } from 'node:url';
import { readCases } from './case-folder.ts';
import { runCase } from './run-case.ts';

/** `npm run cases -- DIR`: every case of a folder, one line each, then how many passed. */
const folder = process.argv[2] ?? fileURLToPath(new URL('../fixtures/cases/', import.meta.url));
const cases = readCases(folder);
let failed = 0;
for (const one of cases) {
  const problems = await runCase(one);
  if (problems.length > 0) failed += 1;
  process.stdout.write(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${one.name} (${one.mode})\n`);
  for (const problem of problems) process.stdout.write(`      ${problem}\n`);
}
if (cases.length === 0) process.stdout.write(`${folder} holds no case: a folder with an expected.json\n`);
process.stdout.write(`${cases.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || cases.length === 0 ? 1 : 0;
