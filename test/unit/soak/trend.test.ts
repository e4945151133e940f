import { describe, expect, it } from 'vitest';
import { trendOf, trendText } from '../../soak/trend.ts';

/** A sample a second for ten minutes. */
const samples = (value: (at: number) => number) => Array.from({ length: 600 }, (_, at) => ({ at, value: value(at) }));
/** Noise that repeats: the same in each run. */
const noise = (at: number) => ((at * 7919) % 101) / 10 - 5;

describe('the trend', () => {
  it('of a straight line is its slope, with no doubt', () => {
    const { perHour, low, high } = trendOf(samples((at) => 100 + at / 60));
    expect([perHour, low, high].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([60, 60, 60]);
  });

  it('of noise alone holds zero', () => {
    const { low, high } = trendOf(samples((at) => 100 + noise(at)));
    expect([low < 0, high > 0]).toEqual([true, true]);
  });

  it('of a leak under noise is above zero', () => {
    const { low, perHour } = trendOf(samples((at) => 100 + at / 60 + noise(at)));
    expect(low).toBeGreaterThan(0);
    expect(perHour).toBeGreaterThan(50);
  });

  it('of the lowest values sees through a sawtooth', () => {
    const { perHour } = trendOf(
      samples((at) => 100 + (at % 30)),
      (values) => Math.min(...values),
    );
    expect(perHour).toBe(0);
  });

  it('is told with its interval', () => {
    expect(trendText({ perHour: 1.23, low: -0.4, high: 2.8 }, 'MiB')).toBe('+1.2 MiB/h (95 %: -0.4 to +2.8)');
  });
});
