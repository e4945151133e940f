import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cached } from '../cluster/images/cache.ts';
import { contentKey, timeKey } from '../cluster/images/key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-cache-'));
  vi.stubEnv('PORTCULLIS_CACHE', folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));
afterAll(() => vi.unstubAllEnvs());

const entry = (key: string, keep = 2) => ({ kind: 'thing', key, keep });
const put = (text: string) => (partial: string) => writeFile(join(partial, 'file'), text);
const kept = async () => (await readdir(join(folder, 'thing'))).toSorted();

describe('the cache of what takes long to make', () => {
  it('makes an entry once, however many ask at once', async () => {
    let made = 0;
    const make = async (partial: string) => {
      made += 1;
      await put(String(made))(partial);
    };
    const folders = await Promise.all(['a', 'a', 'a'].map((key) => cached(entry(key), make)));
    expect(new Set(folders)).toEqual(new Set([join(folder, 'thing', 'a')]));
    expect(await readFile(join(folder, 'thing', 'a', 'file'), 'utf8')).toBe('1');
  });

  it('keeps nothing of one that failed, and makes it the next time', async () => {
    const fail = async (partial: string) => {
      await put('half')(partial);
      throw new Error('no');
    };
    await expect(cached(entry('a'), fail)).rejects.toThrow('no');
    await mkdir(join(folder, 'thing', 'b.partial')); // of a process that was killed
    const made = await cached(entry('a'), async (partial) => {
      expect(await readdir(partial)).toEqual([]);
      await put('whole')(partial);
    });
    expect([await kept(), await readFile(join(made, 'file'), 'utf8')]).toEqual([['a'], 'whole']);
  });

  it('forgets those that were not used for longest', async () => {
    for (const [age, key] of ['c', 'b', 'a'].entries()) {
      const made = await cached(entry(key, 3), put(key));
      await utimes(made, age, age);
    }
    await cached(entry('c', 3), put('again'));
    await cached(entry('d', 3), put('d'));
    expect(await kept()).toEqual(['a', 'c', 'd']);
  });
});

describe('a key', () => {
  const change = {
    nothing: async () => undefined,
    'the text of a file': () => writeFile(join(folder, 'in/deep/one'), 'l'),
    'the name of a file': () => writeFile(join(folder, 'in/deep/two'), '1'),
  };

  it.each([
    ['nothing', true],
    ['the text of a file', false],
    ['the name of a file', false],
  ] as const)('of content, after a change of %s', async (what, same) => {
    await mkdir(join(folder, 'in/deep'), { recursive: true });
    await writeFile(join(folder, 'in/deep/one'), '1');
    const before = await contentKey(folder, [join(folder, 'in')]);
    await change[what]();
    expect((await contentKey(folder, [join(folder, 'in')])) === before).toBe(same);
  });

  it('of times changes with the time of a file', async () => {
    const file = join(folder, 'one');
    await writeFile(file, '1');
    await utimes(file, 1, 1);
    const before = await timeKey([file]);
    expect(await timeKey([folder])).toBe(before);
    await utimes(file, 2, 2);
    expect(await timeKey([file])).not.toBe(before);
  });
});
