import { describe, expect, it } from 'vitest';
import { type FamilyGap, familyGaps } from '../../../src/core/family-gap.ts';
import { broken, inside, listener, NO_AGENT, outside, port } from '../../support/scan.ts';

const FOUR = '10.0.0.7';
const SIX = 'fd00::7';
const gap: FamilyGap = { port: port('80'), openAt: [SIX], shutAt: [FOUR] };

describe('a pod with two addresses', () => {
  const openAtSix = outside({ '80/TCP': 'open' }, SIX);
  const table: Record<string, [found: FamilyGap[], expected: FamilyGap[]]> = {
    'has a gap where a policy drops at one address what answers at the other': [
      familyGaps(NO_AGENT, [outside({ '80/TCP': 'filtered' }, FOUR), openAtSix]),
      [gap],
    ],
    'has a gap where a policy refuses what listens there': [
      familyGaps(inside(listener('80', '0.0.0.0'), listener('80', '::')), [outside({ '80/TCP': 'closed' }, FOUR), openAtSix]),
      [gap],
    ],
    'has none where nothing listens on the other family': [
      familyGaps(inside(listener('80', '::'), listener('80', '127.0.0.1')), [outside({ '80/TCP': 'closed' }, FOUR), openAtSix]),
      [],
    ],
    'has none where nobody can tell why a port is closed': [familyGaps(NO_AGENT, [outside({ '80/TCP': 'closed' }, FOUR), openAtSix]), []],
    'has none where both answer': [familyGaps(NO_AGENT, [outside({ '80/TCP': 'open' }, FOUR), openAtSix]), []],
    'has none where both are shut': [
      familyGaps(NO_AGENT, [outside({ '80/TCP': 'filtered' }, FOUR), outside({ '80/TCP': 'filtered' }, SIX)]),
      [],
    ],
    'has none in a scan that broke off': [familyGaps(NO_AGENT, [broken({ '80/TCP': 'filtered' }, FOUR), openAtSix]), []],
    'keeps ports apart by protocol': [familyGaps(NO_AGENT, [outside({ '80/UDP': 'filtered' }, FOUR), openAtSix]), []],
  };
  for (const [sentence, [found, expected]] of Object.entries(table)) {
    it(sentence, () => {
      expect(found).toEqual(expected);
    });
  }
});
