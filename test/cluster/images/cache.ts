import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../go-build.ts';
import { withLock } from '../lock.ts';
import { exists } from '../presence.ts';

/** A folder of the cache: what kind of thing is in it, and the hash of all that it is made from. */
export interface Entry {
  readonly kind: string;
  readonly key: string;
  /** How many of its kind to keep: those that were used last. */
  readonly keep: number;
}

/**
 * The folder of this entry, made by the action when it is not there yet. The action fills a folder that gets its final name at the end:
 * an entry is there whole or not at all. Any number of processes may ask at once: one makes it, the others wait.
 */
export async function cached({ kind, key, keep }: Entry, make: (partial: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), kind);
  const ready = join(folder, key);
  if (!(await exists(ready))) {
    await withLock(`portcullis-${kind}-${process.getuid?.()}`, async () => {
      if (await exists(ready)) return;
      await forgetOldest(folder, keep - 1);
      const partial = `${ready}.partial`;
      await mkdir(partial, { recursive: true });
      await make(partial);
      await rename(partial, ready);
    });
  }
  const now = new Date();
  await utimes(ready, now, now);
  return ready;
}

/** Only the holder of the lock makes folders here: a partial one that is found is left from a run that was killed. */
async function forgetOldest(folder: string, keep: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  const partial = names.filter((name) => name.endsWith('.partial'));
  const whole = names.filter((name) => !name.endsWith('.partial'));
  const dated = await Promise.all(whole.map(async (name) => ({ name, used: (await stat(join(folder, name))).mtimeMs })));
  const old = dated.toSorted((a, b) => b.used - a.used).slice(keep);
  await Promise.all([...partial, ...old.map(({ name }) => name)].map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
