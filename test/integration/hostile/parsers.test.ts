import { describe, expect, it } from 'vitest';
import { growthFault, type Pump } from '../../fuzz/growth.ts';
import { NMAP_PUMPS, readReport, startNmapTarget } from '../../fuzz/nmap-target.ts';
import { PROC_PUMPS, readTables, startProcTarget } from '../../fuzz/proc-target.ts';
import { runFuzz } from '../../fuzz/run.ts';
import { readTemplateText, startTemplateTarget, TEMPLATE_PUMPS } from '../../fuzz/template-target.ts';

describe('damaged texts are read or refused with a reason and a place', () => {
  it.each([
    ['template', startTemplateTarget, 1_500],
    ['nmap', startNmapTarget, 3_000],
    ['proc', startProcTarget, 3_000],
  ] as const)('%s', { timeout: 300_000 }, async (name, start, count) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { faults, inputs } = await runFuzz(await start(), { seed, count, again: `npm run fuzz -- --target ${name}` });
    expect({ seed, inputs, faults }).toEqual({ seed, inputs: count, faults: [] });
  });
});

/** The time of a reader grows with its text and no faster. */
const READERS: readonly (readonly [what: string, read: (text: string) => unknown, pumps: readonly Pump[], times: number])[] = [
  ['a template', readTemplateText, TEMPLATE_PUMPS, 8_000],
  ['a report of nmap', readReport, NMAP_PUMPS, 16_000],
  ['a socket table', readTables, PROC_PUMPS, 16_000],
];

it('a reader whose time grows with the square is found', () => {
  const slow = (text: string) => [...text].filter((letter, index) => letter === 'x' && text.split('').indexOf('y', index) === -1).length;
  expect(growthFault({ what: 'letters', textOf: (times) => 'x'.repeat(times) }, slow, 16_000)).toMatch(
    /16 times the text takes \d+ times as long/,
  );
});

describe('no text takes more time than its length', () => {
  const table = READERS.flatMap(([what, read, pumps, times]) => pumps.map((pump) => [what, pump.what, read, pump, times] as const));
  it.each(table)('%s with %s', { timeout: 300_000 }, (_what, _name, read, pump, times) => {
    expect(growthFault(pump, read, times)).toBeUndefined();
  });
});
