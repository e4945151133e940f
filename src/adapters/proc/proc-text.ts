import { closeSync, openSync, readSync } from 'node:fs';

/** Room for tables of some hundred sockets. */
const BUFFER = Buffer.allocUnsafe(65_536);

/**
 * A first read that answers less leaves nothing behind: the kernel fills a page, of 4096 bytes at least, as long as another line has room
 * (fs/seq_file.c).
 */
const SURELY_ALL = 4096 - 512;

/**
 * The text of a file of procfs; undefined where it does not exist or its process has ended. Throws where it may not be read. Synchronous: no
 * file of procfs waits for a disk, and a look at a node reads a thousand of them. A short file takes one read: the second one, which finds the
 * end, costs the kernel another walk through the connections of all namespaces where it is a table of TCP, a millisecond on a large node.
 */
export function readProcText(path: string): string | undefined {
  const file = unlessGone(() => openSync(path, 'r'));
  if (file === undefined) return undefined;
  try {
    return unlessGone(() => {
      const length = readSync(file, BUFFER, 0, BUFFER.length, null);
      const text = BUFFER.toString('utf8', 0, length);
      return length < SURELY_ALL ? text : text + restOf(file);
    });
  } finally {
    closeSync(file);
  }
}

function restOf(file: number): string {
  const chunks: Buffer[] = [];
  for (;;) {
    const length = readSync(file, BUFFER, 0, BUFFER.length, null);
    if (length === 0) return Buffer.concat(chunks).toString('utf8');
    chunks.push(Buffer.from(BUFFER.subarray(0, length)));
  }
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
