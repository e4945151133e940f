import { describe, expect, it } from 'vitest';
import { deadlineMs, withDeadline } from '../../../src/adapters/http/deadline.ts';
import { createLoad } from '../../../src/adapters/http/load.ts';

describe('the deadline of an answer', () => {
  it.each([
    ['nine tenths of what the API server says', '/validate?timeout=3s', 2700],
    ['also in milliseconds', '/validate?timeout=500ms', 450],
    ['also with a fraction', '/validate?a=b&timeout=1.5s&c=d', 1350],
    ['never over what an API server may wait', '/validate?timeout=10m', 27_000],
    ['27 s where nothing is said', '/validate', 27_000],
    ['27 s where it cannot be read', '/validate?timeout=soon', 27_000],
    ['27 s where it is part of another word', '/validate?mytimeout=1s', 27_000],
  ])('is %s', (_, url, expected) => {
    expect(deadlineMs(url)).toBe(expected);
  });

  it('gives the value in time, the late answer after it, and the rejection of the work', async () => {
    const never = new Promise<string>(() => undefined);
    expect(await withDeadline(Promise.resolve('done'), 1000, () => 'late')).toBe('done');
    expect(await withDeadline(never, 1, () => 'late')).toBe('late');
    await expect(withDeadline(Promise.reject(new Error('broken')), 1000, () => 'late')).rejects.toThrow('broken');
  });
});

describe('the load', () => {
  it('takes calls up to the number, and again when one leaves', () => {
    const load = createLoad({ calls: 2, bytes: 100 });
    expect([load.enter(1), load.enter(1), load.enter(1)]).toEqual([true, true, false]);
    load.leave(1);
    expect(load.enter(1)).toBe(true);
  });

  it('takes bytes up to the sum, but never refuses a call that is alone', () => {
    const load = createLoad({ calls: 9, bytes: 100 });
    expect([load.enter(150), load.enter(1)]).toEqual([true, false]);
    load.leave(150);
    expect([load.enter(60), load.enter(40), load.enter(1)]).toEqual([true, true, false]);
  });
});
