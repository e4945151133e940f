import type { Figure } from '../reliability/record.ts';
import type { FuzzOutcome } from './run.ts';

/** The figures of one target. */
export function figuresOf(name: string, { inputs, seconds, heap, counts }: FuzzOutcome): Figure[] {
  const parts = Object.entries(counts).map(([what, count]) => `${what} ${group(count)}`);
  return [
    {
      what: `${name}: inputs without a fault`,
      value: `${group(inputs)} in ${Math.round(seconds)} s (${group(Math.round(inputs / seconds))}/s)`,
    },
    { what: `${name}: of which`, value: parts.join(', ') },
    { what: `${name}: heap after collection, after a tenth, the half, all`, value: `${heap.join(', ')} MiB` },
  ];
}

const group = (count: number) => count.toLocaleString('en');
