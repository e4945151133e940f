import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { randomOf } from './random.ts';
import type { Target } from './target.ts';

export interface FuzzPlan {
  readonly seed: number;
  readonly count: number;
  /** Only this input, to look at it again. */
  readonly only?: number;
  /** The command that does the same again, without `--only`. */
  readonly again: string;
  readonly progress?: (line: string) => void;
}

export interface FuzzOutcome {
  readonly inputs: number;
  readonly seconds: number;
  /** What went wrong, each with the command that repeats it; at most ten. */
  readonly faults: readonly string[];
  /** MiB in use after a collection: after the first tenth, half-way, and at the end. */
  readonly heap: readonly number[];
  readonly counts: Readonly<Record<string, number>>;
}

/** So many inputs are on their way at once. */
const AT_ONCE = 16;

/** More than noise: what is kept of each of a million inputs would show, were it four bytes. */
const HEAP_GROWTH_MIB = 24;

/** Feeds a target with `count` inputs. Stops early after ten faults. Always closes the target. */
export async function runFuzz(target: Target, plan: FuzzPlan): Promise<FuzzOutcome> {
  const faults: string[] = [];
  const heap: number[] = [];
  const { seed, count, only } = plan;
  const begun = performance.now();
  try {
    for (const part of only === undefined ? partsOf(count) : [{ from: only, to: only + 1 }]) {
      await feedAll(target, { ...plan, ...part }, faults);
      heap.push(heapInUse());
      const rate = Math.round(part.to / ((performance.now() - begun) / 1000));
      if (only === undefined) plan.progress?.(`${part.to} of ${count} inputs, ${rate}/s, ${heap.at(-1)} MiB`);
    }
    faults.push(...((await target.finish?.()) ?? []));
  } finally {
    await target.close();
  }
  const grown = (heap.at(-1) ?? 0) - (heap[0] ?? 0);
  if (grown > HEAP_GROWTH_MIB) faults.push(`the heap grew by ${grown} MiB (${heap.join(', ')}): ${plan.again} --seed ${seed}`);
  return { inputs: only === undefined ? count : 1, seconds: (performance.now() - begun) / 1000, faults, heap, counts: target.counts() };
}

/** The first tenth, then up to the half, then the rest. */
function partsOf(count: number): { readonly from: number; readonly to: number }[] {
  const ends = [Math.ceil(count / 10), Math.ceil(count / 2), count];
  return ends.map((to, index) => ({ from: ends[index - 1] ?? 0, to }));
}

async function feedAll(target: Target, plan: FuzzPlan & { readonly from: number; readonly to: number }, faults: string[]): Promise<void> {
  let next = plan.from;
  const feeder = async () => {
    while (next < plan.to && faults.length < 10) {
      const index = next;
      next += 1;
      const fault = await target
        .feed(randomOf(plan.seed, index))
        .catch((error: unknown) => `threw ${error instanceof Error ? error.stack : error}`);
      if (fault !== undefined) faults.push(`${fault}\n  again: ${plan.again} --seed ${plan.seed} --only ${index}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, feeder));
}

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
}
