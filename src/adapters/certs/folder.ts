import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateFiles, CertificateStore, StoredCertificates } from '../../ports.ts';

const NAMES = ['ca.crt', 'ca.key', 'previous-ca.crt', 'tls.key', 'tls.crt', 'client.key', 'client.crt'] as const;

/** A writer holds the lock for a few milliseconds; a lock of this age belongs to one that died. */
const STALE_LOCK_MS = 10_000;
const LOCK_RETRY_MS = 20;

/**
 * Certificates as PEM files of a folder, for a gate without a cluster; also a mounted Secret, which is only read. Keys are for the owner only
 * (0600). Each file appears whole (written aside, then renamed). Writers exclude each other by a lock file and compare what they read
 * before; a reader between two renames sees a mixed state, which its own write then finds to be outdated.
 */
export function folderCertificateStore(folder: string): CertificateStore {
  return {
    read: () => readFolder(folder),
    async write(files, expected) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return withLock(join(folder, '.lock'), async () => {
        if ((await readFolder(folder))?.version !== expected) return 'conflict';
        for (const name of NAMES) await replaceFile(folder, name, files[name]);
        return 'written';
      });
    },
  };
}

async function readFolder(folder: string): Promise<StoredCertificates | undefined> {
  const texts = await Promise.all(NAMES.map(async (name) => [name, await readText(join(folder, name))] as const));
  const files: CertificateFiles = Object.fromEntries(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
  if (Object.keys(files).length === 0) return undefined;
  return { files, version: createHash('sha256').update(JSON.stringify(files)).digest('hex') };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function replaceFile(folder: string, name: string, text: string | undefined): Promise<void> {
  const path = join(folder, name);
  if (text === undefined) return rm(path, { force: true });
  const aside = join(folder, `.${name}.${randomUUID()}`);
  const file = await open(aside, 'wx', name.endsWith('.key') ? 0o600 : 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
}

async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!(await takeLock(path))) await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeLock(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  const age =
    Date.now() -
    (await stat(path).then(
      (info) => info.mtimeMs,
      () => Date.now(),
    ));
  if (age > STALE_LOCK_MS) await rm(path, { force: true });
  return false;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
