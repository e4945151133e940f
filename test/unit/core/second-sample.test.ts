import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AddressView, InsideView, Reachability } from '../../../src/core/finding.ts';
import { findings } from '../../../src/core/pod-findings.ts';
import { formatPort } from '../../../src/core/port.ts';
import { answeredTwice, needsSecondSample, type Sample, vanishedPorts } from '../../../src/core/second-sample.ts';
import { probesOf } from '../../../src/core/views.ts';
import { broken, inside, listener, NO_AGENT, outside, port } from '../../support/scan.ts';

/** A sample of a pod that declares 80. */
function sample(view: InsideView, views: AddressView[], previous?: InsideView, twice: readonly string[] = []): Sample {
  const input = { declared: [port('80')], ended: [], inside: view, outside: views, hostNetwork: false, authorized: () => undefined };
  const found = findings(previous === undefined ? input : { ...input, previous });
  return { inside: view, outside: views, findings: found, twice: twice.map(port) };
}

const web = inside(listener('80'));
const client = inside(listener('80'), listener('40000/UDP'));
const open = [outside({ '80/TCP': 'open' })];
const closed = [outside({ '80/TCP': 'closed', '40000/UDP': 'unknown' })];

describe('one sample', () => {
  const table: Record<string, [now: Sample, before: Sample | undefined, suffices: boolean]> = {
    'of a port that listens suffices': [sample(web, closed), undefined, true],
    'of a declared port that is closed does not': [sample(inside(), closed), undefined, false],
    'of a declared port that was closed before suffices': [sample(inside(), closed, inside()), sample(inside(), closed), true],
    'of a socket of UDP in the ephemeral range does not': [sample(client, closed, web), sample(web, closed), false],
    'of one that was there before suffices': [sample(client, closed, client), sample(client, closed), true],
    'of another one does not': [sample(inside(listener('80'), listener('40001/UDP')), closed, client), sample(client, closed), false],
    'of an open port that nobody authorized does not': [sample(web, open), undefined, false],
    'of one that was shut before does not': [sample(web, open), sample(web, closed), false],
    'of one that answered a second time suffices': [sample(web, open, web, ['80']), sample(web, open), true],
    'of an answer without a socket does not': [sample(inside(), open), undefined, false],
    'of one that came again suffices': [sample(inside(), open, inside(), ['80']), sample(inside(), open), true],
    'of a UDP port that no probe can tell of suffices': [
      sample(inside(listener('80'), listener('53/UDP')), [outside({ '80/TCP': 'closed', '53/UDP': 'unknown' })]),
      undefined,
      true,
    ],
    'without an inside view does not': [sample(NO_AGENT, closed), undefined, false],
    'without an inside view, as before, suffices': [sample(NO_AGENT, closed), sample(NO_AGENT, closed), true],
    'whose outside view broke off does not': [sample(web, [broken({})]), sample(web, closed), false],
    'whose outside view breaks off each time suffices': [sample(web, [broken({})]), sample(web, [broken({})]), true],
  };
  it.each(Object.entries(table))('%s', (_, [now, before, suffices]) => {
    expect(needsSecondSample(now, before)).toBe(!suffices);
  });
});

describe('a port answered in two samples', () => {
  const both = [outside({ '80/TCP': 'open', '81/TCP': 'open' })];
  const table: Record<
    string,
    [before: Pick<Sample, 'outside' | 'twice' | 'vanished'> | undefined, now: AddressView[], fresh: string[], twice: string[]]
  > = {
    'where both have a probe of it': [{ outside: open, twice: [] }, both, ['80', '81'], ['80/TCP']],
    'not in the first one': [undefined, both, ['80', '81'], []],
    'not where the answer of the first was kept': [{ outside: both, twice: [] }, both, ['81'], ['81/TCP']],
    'also where its socket was gone in between': [{ outside: closed, twice: [], vanished: [port('80')] }, open, ['80'], ['80/TCP']],
    'not where it was shut in the first': [{ outside: closed, twice: [] }, open, ['80'], []],
    'also where it was confirmed before, and the answer kept': [{ outside: open, twice: [port('80')] }, open, [], ['80/TCP']],
    'no longer where it is shut now': [{ outside: open, twice: [port('80')] }, closed, [], []],
    'also at two addresses, in views that broke off': [
      { outside: [broken({ '80/TCP': 'open' })], twice: [] },
      [outside({ '80/TCP': 'filtered' }), broken({ '80/TCP': 'open' }, 'fd00::7')],
      ['80'],
      ['80/TCP'],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [before, now, fresh, twice]) => {
    expect(answeredTwice({ outside: now, fresh: fresh.map(port) }, before).map(formatPort)).toEqual(twice);
  });

  const vanished: Record<
    string,
    [now: InsideView, views: AddressView[], before: Pick<Sample, 'outside' | 'vanished'> | undefined, string[]]
  > = {
    'where it answered before and nothing listens now': [inside(), closed, { outside: open }, ['80/TCP']],
    'where it had vanished before': [inside(), closed, { outside: closed, vanished: [port('80')] }, ['80/TCP']],
    'not where it listens and is shut': [web, closed, { outside: open }, []],
    'not where it is open': [inside(), open, { outside: open }, []],
    'not where nobody knows what listens': [NO_AGENT, closed, { outside: open }, []],
    'not in the first sample': [inside(), closed, undefined, []],
  };
  it.each(Object.entries(vanished))('has vanished %s', (_, [now, views, before, expected]) => {
    expect(vanishedPorts({ inside: now, outside: views }, before).map(formatPort)).toEqual(expected);
  });

  it('never unless it is open now, and was in the sample before', () => {
    const state = fc.constantFrom<Reachability>('open', 'closed', 'filtered', 'unknown');
    const views = fc.record({ '80/TCP': state, '81/UDP': state }).map((states) => [outside(states)]);
    const ports = fc.subarray(['80', '81/UDP']).map((list) => list.map(port));
    fc.assert(
      fc.property(views, views, ports, (earlier, later, fresh) => {
        const twice = answeredTwice({ outside: later, fresh }, { outside: earlier, twice: [] });
        const isOpen = (all: readonly AddressView[], one: string) =>
          all.some(({ view }) => probesOf(view).some((probe) => formatPort(probe.port) === one && probe.reachability === 'open'));
        return twice.map(formatPort).every((one) => isOpen(earlier, one) && isOpen(later, one) && fresh.map(formatPort).includes(one));
      }),
    );
  });
});
