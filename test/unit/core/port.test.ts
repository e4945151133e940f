import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePorts, distinctRanges, formatPort, formatRange, isPortNumber, type Port, rangeHolds } from '../../../src/core/port.ts';
import { ranges } from '../../support/template.ts';

describe('a port number', () => {
  const table: Record<string, [value: unknown, answer: boolean]> = {
    'may be the first': [1, true],
    'may be the last': [65535, true],
    'is not 0': [0, false],
    'is not 65536': [65536, false],
    'is never wrapped': [65536 + 80, false],
    'is not negative': [-1, false],
    'is not a fraction': [80.5, false],
    'is not NaN': [Number.NaN, false],
    'is not a text': ['80', false],
    'is not nothing': [null, false],
  };
  it.each(Object.entries(table))('%s', (_, [value, answer]) => expect(isPortNumber(value)).toBe(answer));
});

describe('a range', () => {
  const [range = { from: 0, to: 0, protocol: 'TCP' as const }] = ranges('30000-30010');
  const table: Record<string, [port: Port, answer: boolean]> = {
    'holds its first port': [{ number: 30000, protocol: 'TCP' }, true],
    'holds its last port': [{ number: 30010, protocol: 'TCP' }, true],
    'does not hold the port before': [{ number: 29999, protocol: 'TCP' }, false],
    'does not hold the port behind': [{ number: 30011, protocol: 'TCP' }, false],
    'does not hold the number for another protocol': [{ number: 30005, protocol: 'UDP' }, false],
  };
  it.each(Object.entries(table))('%s', (_, [port, answer]) => expect(rangeHolds(range, port)).toBe(answer));
});

describe('for people', () => {
  it('a port and a range of one are written the same', () => {
    expect([formatPort({ number: 80, protocol: 'TCP' }), ...ranges('80', '9000-9100/UDP').map(formatRange)]).toEqual([
      '80/TCP',
      '80/TCP',
      '9000-9100/UDP',
    ]);
  });

  it('ports are ordered by number, then TCP, UDP, SCTP', () => {
    const shuffled: Port[] = [
      { number: 443, protocol: 'TCP' },
      { number: 80, protocol: 'SCTP' },
      { number: 80, protocol: 'UDP' },
      { number: 80, protocol: 'TCP' },
    ];
    expect(shuffled.sort(comparePorts).map(formatPort)).toEqual(['80/TCP', '80/UDP', '80/SCTP', '443/TCP']);
  });

  it('ranges are ordered by protocol first, each once, and neighbors stay apart', () => {
    const given = ranges('53/UDP', '81', '80', '53/UDP', '80-90', '53');
    expect(distinctRanges(given).map(formatRange)).toEqual(['53/TCP', '80/TCP', '80-90/TCP', '81/TCP', '53/UDP']);
  });

  it('the order of ranges does not depend on the order given', () => {
    const texts = ['80', '80/UDP', '1-9', '80-81', '9/SCTP'];
    fc.assert(
      fc.property(fc.shuffledSubarray(texts, { minLength: texts.length }), (order) => {
        expect(distinctRanges(ranges(...order))).toEqual(distinctRanges(ranges(...texts)));
      }),
    );
  });
});
