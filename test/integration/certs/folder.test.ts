import { chmod, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderCertificateStore } from '../../../src/adapters/certs/folder.ts';

const FILES = { 'ca.crt': 'ca', 'ca.key': 'ca key', 'tls.crt': 'tls', 'tls.key': 'tls key' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-certs-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a folder of certificates', () => {
  it('holds whole files with keys for the owner only, and no leftovers', async () => {
    await folderCertificateStore(folder).write(FILES, undefined);
    const modes = await Promise.all(
      (await readdir(folder)).sort().map(async (name) => [name, ((await stat(join(folder, name))).mode & 0o777).toString(8)]),
    );
    expect(modes).toEqual([
      ['ca.crt', '644'],
      ['ca.key', '600'],
      ['tls.crt', '644'],
      ['tls.key', '600'],
    ]);
  });

  it('tightens the mode of a key that others could read', async () => {
    const store = folderCertificateStore(folder);
    await store.write(FILES, undefined);
    await chmod(join(folder, 'tls.key'), 0o644);
    await store.write({ ...FILES, 'tls.key': 'new' }, (await store.read())?.version);
    expect((await stat(join(folder, 'tls.key'))).mode & 0o777).toBe(0o600);
  });

  it('reads files that somebody put there, and leaves others alone', async () => {
    await writeFile(join(folder, 'tls.crt'), 'given');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const store = folderCertificateStore(folder);
    const stored = await store.read();
    expect(stored?.files).toEqual({ 'tls.crt': 'given' });
    await store.write(FILES, stored?.version);
    expect(await readdir(folder)).toContain('notes.txt');
  });

  it('takes over the lock of a writer that died', async () => {
    const lock = join(folder, '.lock');
    await writeFile(lock, '');
    await utimes(lock, new Date(0), new Date(0));
    expect(await folderCertificateStore(folder).write(FILES, undefined)).toBe('written');
    expect(await readdir(folder)).not.toContain('.lock');
  });

  it('says what is wrong where it cannot be read', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(folderCertificateStore(join(folder, 'file')).read()).rejects.toThrow('ENOTDIR');
  });
});
