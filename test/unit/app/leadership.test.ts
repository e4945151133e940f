import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lead } from '../../../src/app/leadership.ts';
import type { Term } from '../../../src/ports.ts';
import { fakeLease } from '../../support/fake-lease-store.ts';
import { rememberingLog } from '../../support/silence.ts';

const TIMING = { durationMs: 3_000, renewWithinMs: 1_500, retryMs: 20 };
const SOON = { timeout: 10_000, interval: 5 };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const rest = (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal }).catch(() => {});

/** One replica: it notes its terms; the work goes on until its term ends. */
function replica(holder: string, store: ReturnType<typeof fakeLease>, work = untilItsEnd) {
  const stop = new AbortController();
  const log = rememberingLog();
  const terms: Term[] = [];
  const done = lead(
    { store, holder, log, timing: TIMING, rest },
    (term) => {
      terms.push(term);
      return work(term);
    },
    stop.signal,
  );
  done.catch(() => {});
  const end = async () => {
    stop.abort();
    await done;
  };
  stops.push(() => end().catch(() => {}));
  const leads = () => terms.at(-1)?.signal.aborted === false;
  return { terms, log, end, done, leads };
}

function untilItsEnd({ signal }: Term): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

describe('of several replicas', () => {
  it('one leads, and keeps on leading while it renews', async () => {
    const store = fakeLease();
    const replicas = ['a', 'b', 'c'].map((name) => replica(name, store));
    await vi.waitUntil(() => store.written.length > 30, SOON);
    expect(replicas.map(({ terms }) => terms.length).sort()).toEqual([0, 0, 1]);
    expect(new Set(store.written.map(({ holder }) => holder)).size).toBe(1);
  });

  it('the next one leads as soon as the first lets go', async () => {
    const store = fakeLease();
    const first = replica('a', store);
    await vi.waitUntil(first.leads, SOON);
    const second = replica('b', store);
    await first.end();
    await vi.waitUntil(second.leads, SOON);
    expect(store.written.map(({ holder }) => holder).filter((holder, i, all) => holder !== all[i - 1])).toEqual(['a', '', 'b']);
  });

  it('the next one leads when the first is gone without a word', async () => {
    const store = fakeLease();
    await store.write(
      { holder: 'gone', durationSeconds: 0.3, acquired: '', renewed: '', transitions: 0 },
      undefined,
      AbortSignal.timeout(1),
    );
    const second = replica('b', store);
    await vi.waitUntil(second.leads, SOON);
    expect(store.stored?.record).toMatchObject({ holder: 'b', transitions: 1 });
  });
});

describe('a term', () => {
  it('ends when the lease can no longer be renewed: before others may take it', async () => {
    const store = fakeLease();
    const one = replica('a', store);
    await vi.waitUntil(one.leads, SOON);
    store.fail = new Error('no connection');
    await vi.waitUntil(() => !one.leads(), SOON);
    expect(one.terms.at(-1)?.remainingMs()).toBe(0);
    expect(store.stored?.record.holder).toBe('a');
    store.fail = undefined;
    await vi.waitUntil(one.leads, SOON);
    expect(one.terms.length).toBe(2);
  });

  it('outlives failures that are shorter', async () => {
    const store = fakeLease();
    const one = replica('a', store);
    await vi.waitUntil(one.leads, SOON);
    store.fail = new Error('no connection');
    await vi.waitUntil(() => one.log.lines.filter(({ message }) => message.startsWith('the lease could not')).length >= 2, SOON);
    store.fail = undefined;
    const written = store.written.length;
    await vi.waitUntil(() => store.written.length > written + 20, SOON);
    expect(one.terms.length).toBe(1);
  });

  it('ends at once where somebody else has taken the lease', async () => {
    const store = fakeLease();
    const one = replica('a', store);
    await vi.waitUntil(one.leads, SOON);
    store.stored = { record: { holder: 'thief', durationSeconds: 600, acquired: '', renewed: '', transitions: 9 }, version: 'other' };
    await vi.waitUntil(() => !one.leads(), SOON);
    expect(store.stored.record.holder).toBe('thief');
  });

  it('has less time left with each moment, and none after its end', async () => {
    const one = replica('a', fakeLease());
    await vi.waitUntil(one.leads, SOON);
    const [term] = one.terms;
    expect(term?.remainingMs()).toBeGreaterThan(0);
    expect(term?.remainingMs()).toBeLessThanOrEqual(TIMING.renewWithinMs);
    await one.end();
    expect(term?.remainingMs()).toBe(0);
  });
});

describe('the end', () => {
  it('waits for the work, then lets go: nobody else begins before', async () => {
    const store = fakeLease();
    const order: string[] = [];
    const one = replica('a', store, async (term) => {
      await untilItsEnd(term);
      order.push(`work ended, held by ${store.stored?.record.holder}`);
    });
    await vi.waitUntil(one.leads, SOON);
    await one.end();
    order.push(`held by "${store.stored?.record.holder}"`);
    expect(order).toEqual(['work ended, held by a', 'held by ""']);
  });

  it.each<[string, () => Promise<void>, string]>([
    ['that fails', () => Promise.reject(new Error('broken')), 'broken'],
    ['that ends by itself', () => Promise.resolve(), 'the work of the leader ended before its term'],
  ])('of work %s is an error: nobody would lead and nobody would know', async (_, work, message) => {
    const one = replica('a', fakeLease(), work);
    await expect(one.done).rejects.toThrow(message);
  });
});
