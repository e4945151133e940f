import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runProcess } from './run-process.ts';

export interface FoundNmap {
  readonly path: string;
  /** As the program says it: `7.93`. */
  readonly version: string;
}

/** The first nmap of the search path (the value of PATH) that runs and tells its version; undefined where there is none. Never throws. */
export async function findNmap(searchPath: string): Promise<FoundNmap | undefined> {
  for (const folder of searchPath.split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, 'nmap');
    const version = (await isExecutable(path)) ? await versionOf(path) : undefined;
    if (version !== undefined) return { path, version };
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function versionOf(path: string): Promise<string | undefined> {
  const signal = new AbortController().signal;
  const end = await runProcess(path, ['--version'], { signal, deadlineMs: 5_000, outputBytes: 65_536, graceMs: 500 });
  return end.code === 0 && end.failure === undefined ? /^Nmap version (\S+)/m.exec(end.stdout)?.[1] : undefined;
}
