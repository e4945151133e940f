import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether a file or folder is there. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Whether a program is found on the PATH. */
export async function onPath(program: string): Promise<boolean> {
  const found = await Promise.all((process.env.PATH ?? '').split(':').map((folder) => exists(join(folder, program))));
  return found.includes(true);
}
