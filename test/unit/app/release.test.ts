import { describe, expect, it } from 'vitest';
import { type ReleaseDesk, requestRelease } from '../../../src/app/release.ts';
import { keepTrail } from '../../../src/app/release-trail.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { type Release, readBook } from '../../../src/core/release.ts';
import { podState } from '../../support/cluster-state.ts';
import { settableClock } from '../../support/silence.ts';

const REQUEST = { namespace: 'shop', pod: 'api', reason: 'a debugger', timeoutMs: 2_000 };
const QUARANTINE = JSON.stringify({ namespace: 'shop', pod: 'api', uid: 'uid-1', at: 'then', ports: ['9999/TCP'] });
const BOOK = readBook({ 'uid-1.quarantine': QUARANTINE });
const QUARANTINED = { uid: 'uid-1', quarantined: true };

/** Asks for a release while the pod looks as told, look after look; the last look stays. */
async function ask(looks: Awaited<ReturnType<ReleaseDesk['pod']>>[], book: Awaited<ReturnType<ReleaseDesk['book']>> = BOOK) {
  const clock = settableClock('2026-01-01T00:00:00Z');
  const written: Release[] = [];
  const desk: ReleaseDesk = {
    pod: async () => (looks.length > 1 ? looks.shift() : looks[0]),
    book: async () => book,
    ownName: async () => 'ann',
    write: async (release) => void written.push(release),
  };
  const requested: Release[] = [];
  const outcome = await requestRelease(REQUEST, desk, {
    now: clock.now,
    pause: async (ms) => clock.set(new Date(clock.now().getTime() + ms)),
    signal: new AbortController().signal,
    requested: (release) => requested.push(release),
  });
  expect(requested).toEqual(written);
  return { outcome: outcome.outcome, written };
}

describe('a request for release', () => {
  it('says who, why, when and for which ports, and ends when the label is gone', async () => {
    expect(await ask([QUARANTINED, QUARANTINED, { uid: 'uid-1', quarantined: false }])).toEqual({
      outcome: 'released',
      written: [
        {
          ...{ namespace: 'shop', pod: 'api', uid: 'uid-1', reason: 'a debugger', requestedBy: 'ann' },
          ...{ at: '2026-01-01T00:00:00.000Z', ports: [{ number: 9999, protocol: 'TCP' }] },
        },
      ],
    });
  });

  it('keeps the ports of an earlier release', async () => {
    const earlier = JSON.stringify({
      namespace: 'shop',
      pod: 'api',
      uid: 'uid-1',
      at: 'then',
      ports: ['53/UDP'],
      reason: 'x',
      liftedAt: 'then',
    });
    const { written } = await ask(
      [QUARANTINED, { uid: 'uid-1', quarantined: false }],
      readBook({ 'uid-1': earlier, 'uid-1.quarantine': QUARANTINE }),
    );
    expect(written[0]?.ports.map(({ number }) => number)).toEqual([53, 9999]);
    expect(written[0]).not.toHaveProperty('liftedAt');
  });

  const table: Record<string, [asked: Parameters<typeof ask>, outcome: string, written: number]> = {
    'asks nothing for a pod that is not there': [[[undefined]], 'no pod', 0],
    'asks nothing for a pod that is not in quarantine': [[[{ uid: 'uid-1', quarantined: false }]], 'not quarantined', 0],
    'ends with the pod': [[[QUARANTINED, undefined]], 'gone', 1],
    'ends with the pod, also where another has its name': [[[QUARANTINED, { uid: 'uid-2', quarantined: true }]], 'gone', 1],
    'says that nobody acted': [[[QUARANTINED]], 'nobody acted', 1],
  };
  it.each(Object.entries(table))('%s', async (_, [asked, outcome, written]) => {
    const done = await ask(...asked);
    expect([done.outcome, done.written.length]).toEqual([outcome, written]);
  });

  it('asks nothing where no controller ever ran', async () => {
    const desk: ReleaseDesk = {
      ...{ pod: async () => QUARANTINED, book: async () => undefined, ownName: async () => 'ann' },
      write: async () => expect.unreachable('nothing may be written'),
    };
    const waiting = { now: () => new Date(), pause: async () => {}, signal: new AbortController().signal, requested: () => {} };
    expect(await requestRelease(REQUEST, desk, waiting)).toEqual({ outcome: 'no book' });
  });
});

describe('the trail', () => {
  it('of a pod is kept for a day after it was missed, and as long as it lives', async () => {
    const clock = settableClock('2026-01-01T00:00:00Z');
    const pods: PodState[] = [podState('shop/api', { uid: 'uid-1' })];
    const forgotten: string[][] = [];
    const trail = keepTrail({
      clock,
      view: { pods: () => pods },
      store: { write: async (_, forget) => void forgotten.push([...forget]) },
    });
    trail.booked(BOOK);
    const written = async (hours: number) => {
      clock.set(new Date(Date.parse('2026-01-01T00:00:00Z') + hours * 3_600_000));
      await trail.prune();
      return forgotten.length;
    };
    expect(await written(100)).toBe(0);
    pods.length = 0;
    expect([await written(101), await written(124)]).toEqual([0, 0]);
    expect([await written(125), forgotten]).toEqual([1, [['uid-1']]]);
    trail.booked(readBook({}));
    expect(await written(200)).toBe(1);
  });
});
