import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunOptions, run } from '../proc.ts';

/** Runs a command to its end and answers what it printed. Throws with its last words when it fails. */
export async function checked(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, options);
  if (code !== 0) throw new Error(`${command.slice(0, 2).join(' ')} … failed (code ${code}):\n${stderr.slice(-4000)}`);
  return stdout;
}

/** The path of a program of this machine, links left as they are. Throws when it is not installed. */
export async function located(program: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, program);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new Error(`the program ${program} is not installed; the images of the tests need it`);
}
