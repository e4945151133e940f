import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The processes with these ids and all that descend from them, as far as they still run. `proc`: where procfs is mounted. Never throws. */
export async function processTree(proc: string, roots: readonly number[]): Promise<number[]> {
  const names = await readdir(proc).catch(() => []);
  const ids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(await Promise.all(ids.map(async (id) => [id, await parentOf(proc, id)] as const)));
  const members = new Set(roots.filter((id) => parents.has(id)));
  // A set that grows while it is walked is walked to its end.
  for (const member of members) for (const id of ids) if (parents.get(id) === member) members.add(id);
  return [...members];
}

/** The field behind the state in /proc/PID/stat; the name before it may hold any character, also `)`. */
async function parentOf(proc: string, id: number): Promise<number | undefined> {
  const stat = await readFile(join(proc, String(id), 'stat'), 'utf8').catch(() => '');
  const parent = /^\) \S (\d+) /.exec(stat.slice(stat.lastIndexOf(')')))?.[1];
  return parent === undefined ? undefined : Number(parent);
}
