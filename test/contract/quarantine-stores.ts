import { describe, expect, it } from 'vitest';
import { formatPort } from '../../src/core/port.ts';
import type { ReleaseBook } from '../../src/core/release.ts';
import type { PodAddress, QuarantineLabel, ReleaseStore } from '../../src/ports.ts';
import { port } from '../support/scan.ts';

/** What a test of the stores needs: the stores, and a world in which pods are made. */
export interface QuarantineStoresSetup {
  readonly label: QuarantineLabel;
  readonly releases: ReleaseStore;
  /** Makes a pod with a label of its own. */
  pod(name: string): Promise<PodAddress>;
  remove(pod: PodAddress): Promise<void>;
  labelsOf(pod: PodAddress): Promise<Readonly<Record<string, string>>>;
}

/** The label of pods and the record of releases, wherever they are kept. */
export function quarantineStoresContract(name: string, setUp: () => Promise<QuarantineStoresSetup>): void {
  describe(`${name}: the label`, () => {
    it('is set and taken off again and again, and leaves other labels alone', async () => {
      const { label, pod, labelsOf } = await setUp();
      const api = await pod('labelled');
      expect([await label.put(api, true), await label.put(api, true)]).toEqual(['put', 'put']);
      expect(await labelsOf(api)).toEqual({ app: 'api', 'portcullis.dev/quarantine': 'true' });
      expect([await label.put(api, false), await label.put(api, false)]).toEqual(['put', 'put']);
      expect(await labelsOf(api)).toEqual({ app: 'api' });
    });

    it('never hits another pod of the same name, nor one that is gone', async () => {
      const { label, pod, remove, labelsOf } = await setUp();
      const first = await pod('again');
      await remove(first);
      expect(await label.put(first, true)).toBe('gone');
      const second = await pod('again');
      expect(await label.put(first, true)).toBe('gone');
      expect(await labelsOf(second)).toEqual({ app: 'api' });
    });
  });

  describe(`${name}: the record`, () => {
    it('is empty at first, and tells of every entry that is written and forgotten', async () => {
      const { releases } = await setUp();
      const seen: ReleaseBook[] = [];
      const stop = releases.watch((book) => seen.push(book));
      const last = () => ({
        quarantines: [...(seen.at(-1)?.quarantines.values() ?? [])].map(({ uid, ports }) => [uid, ports.map(formatPort)]),
        releases: [...(seen.at(-1)?.releases.values() ?? [])].map(({ uid, reason, liftedAt }) => [uid, reason, liftedAt]),
      });
      try {
        await expect.poll(() => seen.length, WAIT).toBeGreaterThan(0);
        expect(last()).toEqual({ quarantines: [], releases: [] });
        const record = { namespace: 'shop', pod: 'api', uid: 'uid-1', at: '2026-01-01T00:00:00Z', ports: [port('9999'), port('53/UDP')] };
        await releases.write([{ quarantine: record }], []);
        await expect.poll(last, WAIT).toEqual({ quarantines: [['uid-1', ['9999/TCP', '53/UDP']]], releases: [] });
        const release = { ...record, reason: 'a debugger', requestedBy: 'ann' };
        await releases.write([{ release }, { release: { ...release, uid: 'uid-2' } }], []);
        await releases.write([{ release: { ...release, liftedAt: '2026-01-01T00:01:00Z' } }], ['uid-2']);
        await expect.poll(() => last().releases, WAIT).toEqual([['uid-1', 'a debugger', '2026-01-01T00:01:00Z']]);
        await releases.write([], ['uid-1', 'nobody']);
        await expect.poll(last, WAIT).toEqual({ quarantines: [], releases: [] });
      } finally {
        await stop();
      }
    });
  });
}

const WAIT = { timeout: 20_000, interval: 10 };
