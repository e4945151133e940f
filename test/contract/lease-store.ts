import { describe, expect, it } from 'vitest';
import type { LeaseRecord } from '../../src/core/lease.ts';
import type { LeaseStore } from '../../src/ports.ts';

const RECORD: LeaseRecord = {
  holder: 'a',
  durationSeconds: 15,
  acquired: '2026-05-01T10:00:00.000000Z',
  renewed: '2026-05-01T10:00:02.123000Z',
  transitions: 3,
};

/** What each store of the lease must do. `empty` answers one that nobody ever held; two handles on it are two replicas. */
export function describeLeaseStore(name: string, empty: () => Promise<() => LeaseStore>): void {
  const { signal } = new AbortController();

  describe(`a lease store: ${name}`, () => {
    it('has no record at first', async () => {
      const open = await empty();
      expect(await open().read(signal)).toBeUndefined();
    });

    it('gives back the very record, also to another replica', async () => {
      const open = await empty();
      expect(await open().write(RECORD, undefined, signal)).toBe('written');
      expect((await open().read(signal))?.record).toEqual(RECORD);
    });

    it('keeps nobody as the holder', async () => {
      const open = await empty();
      await open().write({ ...RECORD, holder: '' }, undefined, signal);
      expect((await open().read(signal))?.record.holder).toBe('');
    });

    it.each<[string, 'undefined' | 'outdated']>([
      ['to make what is there already', 'undefined'],
      ['to replace what was replaced meanwhile', 'outdated'],
    ])('refuses %s, and keeps it', async (_, expected) => {
      const store = (await empty())();
      await store.write(RECORD, undefined, signal);
      const outdated = (await store.read(signal))?.version;
      await store.write({ ...RECORD, holder: 'b' }, outdated, signal);
      expect(await store.write({ ...RECORD, holder: 'c' }, expected === 'undefined' ? undefined : outdated, signal)).toBe('conflict');
      expect((await store.read(signal))?.record.holder).toBe('b');
    });

    it('lets exactly one of many replicas win', async () => {
      const open = await empty();
      const replicas = Array.from({ length: 8 }, (_, index) => ({ store: open(), record: { ...RECORD, holder: `r${index}` } }));
      const outcomes = await Promise.all(replicas.map(({ store, record }) => store.write(record, undefined, signal)));
      expect(outcomes.filter((outcome) => outcome === 'written').length).toBe(1);
      expect((await open().read(signal))?.record).toEqual(replicas[outcomes.indexOf('written')]?.record);
    });
  });
}
