import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../wait.ts';

const ROOT = '/sys/fs/cgroup';
/** The processes of a node that was just killed are in their groups for a moment yet. */
const DEADLINE = 10_000;

/** The names of the groups right below the root, of all hierarchies; none where the machine has no cgroup v1. */
export async function topCgroups(): Promise<readonly string[]> {
  const names = await Promise.all((await hierarchies()).map(foldersIn));
  return [...new Set(names.flat())];
}

/** Removes the groups of a name in all hierarchies, with all below them. Waits for their processes to end; throws when they do not. */
export async function removeCgroups(name: string): Promise<void> {
  const groups = (await hierarchies()).map((hierarchy) => join(hierarchy, name));
  await until(`the cgroups ${name} to be empty`, async () => (await Promise.all(groups.map(removeTree))).every((gone) => gone), {
    deadline: DEADLINE,
  });
}

async function hierarchies(): Promise<readonly string[]> {
  return (await foldersIn(ROOT)).map((name) => join(ROOT, name));
}

/** A group is a folder whose files cannot be removed: rmdir takes it, when it holds no process and no other group (cgroups(7)). */
async function removeTree(group: string): Promise<boolean> {
  for (const name of await foldersIn(group)) await removeTree(join(group, name));
  return rmdir(group).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
