import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { fileProblem } from '../../core/file-problem.ts';
import { asList, asRecord, textOf } from '../../core/unknown.ts';
import { KubeError } from './kube-error.ts';

/** Several kubeconfigs, merged. */
export interface MergedKubeconfig {
  readonly config: KubeConfig;
  /** What the library leaves out or reads in part, by user. */
  readonly users: ReadonlyMap<string, RawUser>;
}

/** A user as the file has it. */
interface RawUser {
  readonly fields: Readonly<Record<string, unknown>>;
  /** The folder of the file: paths are relative to it. */
  readonly folder: string;
}

/** Reads kubeconfigs as kubectl does: the first that names something wins, missing ones are passed over. Rejects with a KubeError. */
export async function readKubeconfigs(files: readonly string[]): Promise<MergedKubeconfig> {
  const { KubeConfig, loadYaml } = await import('@kubernetes/client-node');
  const merged = new KubeConfig();
  const users = new Map<string, RawUser>();
  let found = false;
  for (const file of files) {
    try {
      const text = await readFile(file, 'utf8');
      const one = new KubeConfig();
      one.loadFromString(text);
      one.makePathsAbsolute(dirname(file));
      for (const [user, fields] of usersOf(loadYaml(text))) if (!users.has(user)) users.set(user, { fields, folder: dirname(file) });
      mergeInto(merged, one);
      found = true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      throw unreadable(`the kubeconfig ${file} cannot be read: ${whyUnreadable(error)}`);
    }
  }
  if (!found) throw unreadable(`there is no kubeconfig at ${files.join(', ')}; name one with --kubeconfig or KUBECONFIG`);
  return { config: merged, users };
}

/** The YAML library shows the lines around a mistake, and quotes words of them: they may be a token. */
function whyUnreadable(error: unknown): string {
  const [first = ''] = fileProblem(error).split('\n');
  return error instanceof Error && 'mark' in error ? first.replaceAll(/"[^"]*("|$)|<[^>]*(>|$)/g, '...') : first;
}

function unreadable(message: string): KubeError {
  return new KubeError(message, { status: 0, reason: 'Credentials' });
}

function usersOf(raw: unknown): (readonly [name: string, fields: RawUser['fields']])[] {
  return asList(asRecord(raw).users).map((entry) => {
    const { name, user } = asRecord(entry);
    return [textOf(name), asRecord(user)];
  });
}

/** The library throws at the second entry of a name instead. */
function mergeInto(merged: KubeConfig, one: KubeConfig): void {
  merged.currentContext ??= one.currentContext;
  for (const cluster of one.clusters) if (merged.getCluster(cluster.name) === null) merged.addCluster(cluster);
  for (const user of one.users) if (merged.getUser(user.name) === null) merged.addUser(user);
  for (const context of one.contexts) if (merged.getContextObject(context.name) === null) merged.addContext(context);
}
