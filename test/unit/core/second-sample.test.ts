import { describe, expect, it } from 'vitest';
import type { AddressView, InsideView } from '../../../src/core/finding.ts';
import { findings } from '../../../src/core/pod-findings.ts';
import { needsSecondSample, type Sample } from '../../../src/core/second-sample.ts';
import { broken, inside, listener, NO_AGENT, outside, port } from '../../support/scan.ts';

/** A sample of a pod that declares 80. */
function sample(view: InsideView, views: AddressView[], previous?: InsideView): Sample {
  const input = { declared: [port('80')], ended: [], inside: view, outside: views, hostNetwork: false, authorized: () => undefined };
  return { inside: view, outside: views, findings: findings(previous === undefined ? input : { ...input, previous }) };
}

const web = inside(listener('80'));
const client = inside(listener('80'), listener('40000/UDP'));
const closed = [outside({ '80/TCP': 'closed', '40000/UDP': 'unknown' })];

describe('one sample', () => {
  const table: Record<string, [now: Sample, before: Sample | undefined, suffices: boolean]> = {
    'of a port that listens suffices': [sample(web, closed), undefined, true],
    'of a declared port that is closed does not': [sample(inside(), closed), undefined, false],
    'of a declared port that was closed before suffices': [sample(inside(), closed, inside()), sample(inside(), closed), true],
    'of a socket of UDP in the ephemeral range does not': [sample(client, closed, web), sample(web, closed), false],
    'of one that was there before suffices': [sample(client, closed, client), sample(client, closed), true],
    'of another one does not': [sample(inside(listener('80'), listener('40001/UDP')), closed, client), sample(client, closed), false],
    'of an answer without a socket does not': [sample(inside(), [outside({ '80/TCP': 'open' })]), undefined, false],
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
