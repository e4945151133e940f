import { asRecord } from '../../src/core/unknown.ts';
import { runAdmission } from './admission.ts';
import type { CaseFolder, Problems } from './case-folder.ts';
import { runConfig } from './config.ts';
import { runGenerate } from './generated.ts';
import { runPolicyEvents } from './policy-events.ts';
import { runScan } from './scan.ts';
import { runStatic } from './static.ts';
import { runTemplateSequence } from './template-sequence.ts';
import { runTls } from './tls.ts';

type Runner = (folder: CaseFolder) => Problems | Promise<Problems>;

/** The parts of a mode such as `static+generate`. */
const RUNNERS: Readonly<Record<string, Runner>> = {
  static: runStatic,
  generate: runGenerate,
  scan: runScan,
  admission: runAdmission,
  config: runConfig,
  tls: runTls,
  // A cluster with policies is about the reconciler, a sequence of templates about the keeper.
  controller: (folder) =>
    asRecord(folder.json('input.json')).cluster === undefined ? runTemplateSequence(folder) : runPolicyEvents(folder),
};

/** Runs every part of a case; a throw is a problem like any other. */
export async function runCase(folder: CaseFolder): Promise<Problems> {
  const problems: string[] = [];
  for (const part of folder.mode.split('+')) {
    const run = RUNNERS[part];
    if (run === undefined) problems.push(`the mode ${part || '(none)'} is unknown`);
    else problems.push(...(await attempt(run, folder)));
  }
  return problems;
}

async function attempt(run: Runner, folder: CaseFolder): Promise<Problems> {
  try {
    return await run(folder);
  } catch (error) {
    return [`failed: ${error instanceof Error ? error.message : String(error)}`];
  }
}
