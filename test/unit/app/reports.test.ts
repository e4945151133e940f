import { describe, expect, it } from 'vitest';
import { writeReports } from '../../../src/app/reports.ts';
import type { Finding } from '../../../src/core/finding.ts';
import type { NamespaceReport } from '../../../src/core/report.ts';
import { podState } from '../../support/cluster-state.ts';
import { exposed, finding } from '../../support/findings.ts';
import { podResult } from '../../support/pod-result.ts';
import { rememberingLog, settableClock } from '../../support/silence.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const FINE = finding('80', { authorized: 'rule web', reachable: 'yes' });

function world({ left = [] }: { left?: string[] } = {}) {
  const clock = settableClock(new Date(START).toISOString());
  const log = rememberingLog();
  const written: [string, NamespaceReport | undefined][] = [];
  const delayed: { run: () => void; at: number }[] = [];
  const state: { kind: string | undefined; fails: number } = { kind: 'OpenReports', fails: 0 };
  const writer = writeReports({
    store: {
      discover: async () => state.kind,
      namespaces: async () => left,
      write: async (namespace, report) => {
        if (state.fails-- > 0) throw new Error('busy');
        written.push([namespace, report]);
      },
    },
    clock,
    log,
    spacingMs: 10_000,
    random: () => 1,
    later: (run, delayMs) => {
      delayed.push({ run, at: clock.now().getTime() + delayMs });
      return () => {};
    },
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ...{ written, writer, log, state, settled },
    judged: async (place: string, findings: readonly Finding[]) => {
      writer.listener.judged(podResult(podState(place), findings, clock.now()), undefined);
      await settled();
    },
    gone: async (place: string) => {
      writer.listener.gone(podState(place));
      await settled();
    },
    discover: async () => {
      await writer.discover();
      await settled();
    },
    pass: async (seconds: number) => {
      clock.set(new Date(clock.now().getTime() + seconds * 1000));
      const due = delayed.filter(({ at }) => at <= clock.now().getTime());
      for (const one of due) delayed.splice(delayed.indexOf(one), 1);
      for (const { run } of due) run();
      await settled();
    },
    summaries: () =>
      written.map(([namespace, report]) => [namespace, report && [report.summary.pass, report.summary.fail, report.summary.warn]]),
  };
}

describe('the report of a namespace', () => {
  it('is written at once, then at most every ten seconds with everything found meanwhile, and removed with its last finding', async () => {
    const here = world();
    await here.discover();
    await here.judged('shop/a', [FINE, exposed('9999')]);
    await here.judged('shop/b', [finding('7777')]);
    await here.judged('shop/c', [FINE]);
    expect(here.summaries()).toEqual([['shop', [1, 1, 0]]]);
    await here.pass(10);
    expect(here.summaries().slice(1)).toEqual([['shop', [2, 1, 1]]]);
    for (const pod of ['a', 'b', 'c']) await here.gone(`shop/${pod}`);
    await here.pass(10);
    expect(here.summaries().slice(2)).toEqual([['shop', undefined]]);
  });

  it('is not written again where nothing changed, and says since when', async () => {
    const here = world();
    await here.discover();
    await here.judged('shop/a', [exposed('9999')]);
    await here.pass(60);
    await here.judged('shop/a', [exposed('9999')]);
    expect(here.written).toHaveLength(1);
    await here.judged('shop/a', [exposed('9999'), exposed('7777')]);
    expect(here.written[1]?.[1]?.results.map(({ finding: one, since }) => [one.port.number, since.getTime() - START])).toEqual([
      [7777, 60_000],
      [9999, 0],
    ]);
  });

  it('is not missed where no CRD is installed, and written once one is', async () => {
    const here = world();
    here.state.kind = undefined;
    await here.discover();
    await here.judged('shop/a', [FINE]);
    await here.discover();
    expect([here.written, here.log.lines.map(({ fields }) => fields.kind)]).toEqual([
      [],
      ['none: the CRD of neither OpenReports nor PolicyReports is installed'],
    ]);
    here.state.kind = 'PolicyReports';
    await here.discover();
    expect(here.summaries()).toEqual([['shop', [1, 0, 0]]]);
  });

  it('of an earlier run stays until its pods had time to be scanned, and goes where none has', async () => {
    const here = world({ left: ['old'] });
    await here.discover();
    expect(here.written).toEqual([]);
    await here.discover();
    expect(here.written).toEqual([['old', undefined]]);
  });

  it('that could not be written is tried again', async () => {
    const here = world();
    await here.discover();
    here.state.fails = 1;
    await here.judged('shop/a', [FINE]);
    expect([here.written, here.log.lines.at(-1)?.message]).toEqual([[], 'the report of a namespace could not be written']);
    await here.pass(60);
    expect(here.written).toHaveLength(1);
  });
});
