import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** One key for all that something is made from. */
export function keyOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Changes when the name or the content of a file below these paths changes; names count from the folder `from`. */
export async function contentKey(from: string, paths: readonly string[]): Promise<string> {
  const files = await filesBelow(paths);
  const parts = await Promise.all(files.map(async (file) => [relative(from, file), (await readFile(file)).toString('base64')]));
  return keyOf(parts.flat());
}

/** Changes when a file below these paths gets another size or time: enough for installed programs, and 100 MB need not be read. */
export async function timeKey(paths: readonly string[]): Promise<string> {
  const parts = (await filesBelow(paths)).map(async (file) => {
    const { size, mtimeMs, mode } = await lstat(file);
    return `${file} ${size} ${mtimeMs} ${mode}`;
  });
  return keyOf(await Promise.all(parts));
}

/** The paths that are files, and all files in those that are folders, in one order. */
async function filesBelow(paths: readonly string[]): Promise<readonly string[]> {
  const lists = paths.map(async (path) => {
    if (!(await lstat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  });
  return (await Promise.all(lists)).flat().toSorted();
}
