import type { Outcome, Step } from './steps.ts';

/** Steps that need the same things of a machine. */
export interface Tier {
  readonly name: string;
  /** Says in one sentence why this machine cannot run the tier; undefined when it can. */
  whyNot(): Promise<string | undefined>;
  readonly steps: readonly Step[];
}

/** The tiers to run, and whether each must: a tier that was asked for and cannot run is a failure. */
export interface Selection {
  readonly tiers: readonly Tier[];
  readonly must: boolean;
}

export interface Total {
  readonly passed: number;
  readonly failed: number;
}

/** Reads the wish of who runs the tests: nothing, `all`, or the name of a tier. Throws for anything else. */
export function select(tiers: readonly Tier[], wish: string | undefined): Selection {
  if (wish === undefined || wish === '') return { tiers, must: false };
  if (wish === 'all') return { tiers, must: true };
  const chosen = tiers.filter(({ name }) => name === wish);
  if (chosen.length > 0) return { tiers: chosen, must: true };
  throw new Error(`PORTCULLIS_TIERS is "${wish}", not one of: all, ${tiers.map(({ name }) => name).join(', ')}`);
}

/**
 * Runs the tiers step by step and goes on after a failure. Prints a line for each step, the output of one that failed, a line for each
 * tier that is skipped, what failed once more, and at last `N passed, N failed`.
 */
export async function runTiers({ tiers, must }: Selection, print: (line: string) => void): Promise<Total> {
  let passed = 0;
  let failed = 0;
  const failures: string[] = [];
  const count = (outcome: Outcome) => {
    passed += outcome.passed;
    failed += outcome.failed;
    failures.push(...(outcome.failures ?? []));
  };
  const skips: string[] = [];
  for (const tier of tiers) {
    const reason = await tier.whyNot();
    if (reason === undefined) for (const step of tier.steps) count(await runStep(step, print));
    else if (must) {
      count({ passed: 0, failed: 1, output: '' });
      print(`FAIL  ${tier.name} tier cannot run: ${reason}`);
    } else skips.push(`skipped: ${tier.name} tier, since ${reason}`);
  }
  for (const skip of skips) print(skip);
  for (const failure of failures) print(`failed: ${failure}`);
  print(`${passed} passed, ${failed} failed`);
  return { passed, failed };
}

async function runStep(step: Step, print: (line: string) => void): Promise<Outcome> {
  const start = performance.now();
  const outcome = await step.run().catch((error: unknown): Outcome => ({ passed: 0, failed: 1, output: String(error) }));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const note = outcome.note === undefined ? '' : `, ${outcome.note}`;
  print(`${outcome.failed === 0 ? 'ok  ' : 'FAIL'}  ${step.name} (${seconds} s${note})`);
  if (outcome.failed > 0) print(outcome.output.trimEnd());
  return outcome;
}
