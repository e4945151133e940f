import { describe, expect, it } from 'vitest';
import type { CertificateStore } from '../../src/ports.ts';

const FILES = { 'ca.crt': 'ca', 'ca.key': 'ca key', 'tls.crt': 'tls', 'tls.key': 'tls key' };

/** What each store of certificates must do. `empty` answers one with nothing in it; two handles on it are two replicas. */
export function describeCertificateStore(name: string, empty: () => Promise<() => CertificateStore>): void {
  describe(`a certificate store: ${name}`, () => {
    it('has nothing at first', async () => {
      const open = await empty();
      expect(await open().read()).toBeUndefined();
    });

    it('gives back what was written, also to another replica', async () => {
      const open = await empty();
      expect(await open().write(FILES, undefined)).toBe('written');
      expect((await open().read())?.files).toEqual(FILES);
    });

    it('replaces the whole content: a file that is left out is gone', async () => {
      const open = await empty();
      const store = open();
      await store.write({ ...FILES, 'previous-ca.crt': 'old' }, undefined);
      await store.write(FILES, (await store.read())?.version);
      expect((await store.read())?.files).toEqual(FILES);
    });

    it('keeps its version while nothing is written, and changes it with the content', async () => {
      const open = await empty();
      const store = open();
      await store.write(FILES, undefined);
      const first = (await store.read())?.version;
      expect((await open().read())?.version).toBe(first);
      await store.write({ ...FILES, 'tls.crt': 'new' }, first);
      expect((await store.read())?.version).not.toBe(first);
    });

    it.each<[string, 'undefined' | 'outdated']>([
      ['to make what is there already', 'undefined'],
      ['to replace what was replaced meanwhile', 'outdated'],
    ])('refuses %s, and keeps it', async (_, expected) => {
      const open = await empty();
      const store = open();
      await store.write(FILES, undefined);
      const outdated = (await store.read())?.version;
      const newest = { ...FILES, 'tls.crt': 'newest' };
      await store.write(newest, outdated);
      expect(await store.write(FILES, expected === 'undefined' ? undefined : outdated)).toBe('conflict');
      expect((await store.read())?.files).toEqual(newest);
    });

    it('lets exactly one of many replicas win', async () => {
      const open = await empty();
      const replicas = Array.from({ length: 8 }, (_, index) => ({ store: open(), files: { ...FILES, 'tls.crt': `of ${index}` } }));
      const outcomes = await Promise.all(replicas.map(({ store, files }) => store.write(files, undefined)));
      expect(outcomes.filter((outcome) => outcome === 'written').length).toBe(1);
      expect((await open().read())?.files).toEqual(replicas[outcomes.indexOf('written')]?.files);
    });
  });
}
