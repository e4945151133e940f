import { describe, expect, it } from 'vitest';
import type { SoakSample } from '../../soak/soak.ts';
import { soakVerdict } from '../../soak/verdict.ts';

/** Six minutes, a sample a second. */
const flat = { rssMiB: 130, peakMiB: 140, heapMiB: 30, files: 60, sockets: 40 };
const grewOf = (change: (at: number) => Partial<SoakSample>) => {
  const samples = Array.from({ length: 360 }, (_, at) => ({ at, ...flat, ...change(at) }));
  return soakVerdict({ samples, reviews: { answered: 72_000, failed: 0 }, churn: { namespaces: 360, edits: 120 } }).grew;
};

describe('a soak finds', () => {
  it.each<[string, (at: number) => Partial<SoakSample>, string[]]>([
    ['nothing where all is flat', () => ({}), []],
    ['nothing in a heap that is collected again and again', (at) => ({ heapMiB: 30 + (at % 20) }), []],
    ['nothing in connections that come and go', (at) => ({ sockets: 40 + (at % 8), files: 60 + (at % 8) }), []],
    ['memory that grows', (at) => ({ rssMiB: 130 + at / 60 }), ['memory grows: +60.0 MiB/h (95 %: +60.0 to +60.0)']],
    [
      'objects that are kept under collections',
      (at) => ({ heapMiB: 30 + (at % 36) + at / 60 }),
      ['the heap grows: +60.0 MiB/h (95 %: +60.0 to +60.0)'],
    ],
    [
      'sockets that are not closed',
      (at) => ({ sockets: 40 + Math.floor(at / 10), files: 60 + Math.floor(at / 10) }),
      ['open files grow: at most 71 at first, 95 at the end', 'open sockets grow: at most 51 at first, 75 at the end'],
    ],
  ])('%s', (_, change, expected) => {
    expect(grewOf(change)).toEqual(expected);
  });
});
