import { readFileSync } from 'node:fs';

/**
 * The text of a file of procfs; undefined where it does not exist or its process has ended. Throws where it may not be read. Synchronous: no
 * file of procfs waits for a disk, and a look at a node reads a thousand of them.
 */
export function readProcText(path: string): string | undefined {
  return unlessGone(() => readFileSync(path, 'utf8'));
}

/** What `read` answers; undefined where what it reads has ended meanwhile. Any other error is thrown. */
export function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, ['ENOENT', 'ESRCH', 'ENOTDIR'])) return undefined;
    throw error;
  }
}

/** Whether an error says that something may not be read. */
export function isDenied(error: unknown): boolean {
  return hasCode(error, ['EACCES', 'EPERM']);
}

function hasCode(error: unknown, codes: readonly unknown[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code);
}

/** The name of a process (comm); empty where it has ended. Whoever starts a process chooses its name: what a terminal would obey is replaced. */
export function processName(proc: string, pid: number): string {
  const name = readProcText(`${proc}/${pid}/comm`) ?? '';
  return name.trimEnd().replace(/[^\x20-\x7e]/g, '?');
}
