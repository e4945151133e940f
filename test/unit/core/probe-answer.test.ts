import { describe, expect, it } from 'vitest';
import type { OutsideView } from '../../../src/core/finding.ts';
import { readProbeAnswer, writeProbeAnswer } from '../../../src/core/probe-answer.ts';
import { probes } from '../../support/scan.ts';

const WHOLE: OutsideView = { known: true, engine: 'nmap', probes: probes({ '80/TCP': 'open', '81/TCP': 'closed', '82/TCP': 'closed' }) };
const BROKEN: OutsideView = { known: false, engine: 'connect', reason: 'it was stopped', partial: probes({ '80/TCP': 'filtered' }) };
const LINE = '{"target":"10.0.0.7=80-82/TCP","known":true,"engine":"nmap","ports":{"open":"80/TCP","closed":"81-82/TCP"}}';

describe('an answer of a probe', () => {
  it('is one line of JSON', () => expect(writeProbeAnswer({ target: '10.0.0.7=80-82/TCP', view: WHOLE })).toBe(LINE));

  it.each<[string, OutsideView]>([
    ['a whole view', WHOLE],
    ['a view that broke off', BROKEN],
    ['a view of nothing', { known: true, engine: 'nmap', probes: [] }],
  ])('is read as it was written: %s', (_, view) => {
    const answer = { target: '10.0.0.7=all', view };
    expect(readProbeAnswer(writeProbeAnswer(answer))).toEqual(answer);
  });

  it.each(['', 'hello', '{}', LINE.replace('true', '"yes"'), LINE.replace('80/TCP"', '80/ABC"'), LINE.slice(0, -1)])(
    'is none: %s',
    (line) => expect(readProbeAnswer(line)).toBeUndefined(),
  );
});
