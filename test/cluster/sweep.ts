import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeCgroups, topCgroups } from './node/cgroups.ts';
import { isAlive } from './proc.ts';

const PREFIX = 'portcullis-cluster-';

/** Makes the work folder of one control plane. Its name carries our pid; it is short, since unix sockets end at 107 characters. */
export async function workFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/**
 * Removes work folders and cgroups whose process is gone: what a run that was killed left behind. Answers the paths of the folders
 * removed. What cannot be removed (another user's, or what another run sweeps right now) is left alone.
 */
export async function sweep(): Promise<readonly string[]> {
  const groups = (await topCgroups()).filter(isLeftover);
  await Promise.allSettled(groups.map(removeCgroups)); // first: they empty themselves when the last process of a node has ended
  const names = await readdir(tmpdir());
  const left = names.filter(isLeftover).map((name) => join(tmpdir(), name));
  const results = await Promise.allSettled(left.map(removeFolder));
  return left.filter((_, index) => results[index]?.status === 'fulfilled');
}

/** Removes a work folder whole. Retries, as a killed process may write a last file while its folder goes. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function isLeftover(name: string): boolean {
  if (!name.startsWith(PREFIX)) return false;
  const pid = Number.parseInt(name.slice(PREFIX.length), 10);
  return Number.isInteger(pid) && !isAlive(pid);
}
