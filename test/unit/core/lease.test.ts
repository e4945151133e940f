import { describe, expect, it } from 'vitest';
import { claimLease, type LeaseRecord, releaseLease } from '../../../src/core/lease.ts';

const NOW = new Date('2026-05-01T10:00:20.500Z');
const TIME = '2026-05-01T10:00:20.500000Z';
const OF_B: LeaseRecord = { holder: 'b', durationSeconds: 15, acquired: 'then', renewed: 'later', transitions: 4 };
const claim = (unchangedMs: number) => ({ holder: 'a', durationSeconds: 15, now: NOW, unchangedMs });
const OF_A = { holder: 'a', durationSeconds: 15, acquired: TIME, renewed: TIME };

describe('a lease', () => {
  it.each<[string, LeaseRecord | undefined, number, LeaseRecord | undefined]>([
    ['that nobody ever held is taken', undefined, 0, { ...OF_A, transitions: 0 }],
    ['that somebody let go is taken at once', { ...OF_B, holder: '', durationSeconds: 1 }, 0, { ...OF_A, transitions: 5 }],
    ['that somebody else holds is left to him', OF_B, 14_999, undefined],
    ['that somebody else did not renew for its whole duration is taken', OF_B, 15_000, { ...OF_A, transitions: 5 }],
    ['that says a longer duration is left to its holder for that long', { ...OF_B, durationSeconds: 60 }, 59_999, undefined],
    ['of our own is renewed: the term began when it began', { ...OF_B, holder: 'a' }, 2_000, { ...OF_B, holder: 'a', renewed: TIME }],
    ['of our own that expired is renewed still: nobody took it', { ...OF_B, holder: 'a' }, 90_000, { ...OF_B, holder: 'a', renewed: TIME }],
  ])('%s', (_, record, unchangedMs, expected) => {
    expect(claimLease(record, claim(unchangedMs))).toEqual(expected);
  });

  it('that is let go names nobody, and is taken by the next one without waiting', () => {
    const released = releaseLease({ ...OF_B, holder: 'a' }, NOW);
    expect(released).toEqual({ ...OF_B, holder: '', durationSeconds: 1, renewed: TIME });
    expect(claimLease(released, claim(0))).toEqual({ ...OF_A, transitions: 5 });
  });
});
