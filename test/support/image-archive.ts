import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../cluster/proc.ts';

/** A docker-archive, unpacked. */
export interface ImageArchive {
  readonly names: readonly string[];
  /** The configuration, and its text as it is in the archive. */
  readonly image: Configuration;
  readonly text: string;
  /** Paths of the layers' archives, lowest first. */
  readonly layers: readonly string[];
}

interface Configuration {
  readonly architecture: string;
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly WorkingDir?: string;
    readonly ExposedPorts?: Readonly<Record<string, unknown>>;
    readonly Labels?: Readonly<Record<string, string>>;
  };
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

interface Manifest {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/** Unpacks an archive into an empty folder. */
export async function unpackArchive(archive: string, folder: string): Promise<ImageArchive> {
  await tar('--extract', '--file', archive, '--directory', folder);
  const manifests: readonly [Manifest] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const [{ Config, RepoTags, Layers }] = manifests;
  const text = await readFile(join(folder, Config), 'utf8');
  return { names: RepoTags, image: JSON.parse(text), text, layers: Layers.map((path) => join(folder, path)) };
}

/** What a layer holds, a line for each path: mode, owner and name. */
export async function contentOf(layer: string): Promise<readonly string[]> {
  const listed = await tar('--list', '--verbose', '--numeric-owner', '--file', layer);
  return listed
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^(\S+) (\S+) .*?\d\d:\d\d /, '$1 $2 '));
}

/** Lays the layers over one another in a folder: the root that a container gets. */
export async function unpackLayers(layers: readonly string[], root: string): Promise<void> {
  for (const layer of layers)
    await tar('--extract', '--same-permissions', '--same-owner', '--numeric-owner', '--file', layer, '--directory', root);
}

/** Runs a command in such a root as a user would in a pod, with no network but a loopback interface that is up. Needs root. */
export async function runInRoot(root: string, user: string, command: readonly string[]) {
  const script = 'ip link set lo up; root=$1 user=$2; shift 2; exec chroot --userspec="$user" "$root" "$@"';
  const env = { PATH: process.env.PATH, HOME: '/' };
  const { code, stdout, stderr } = await run(['unshare', '--net', 'sh', '-ec', script, 'sh', root, user, ...command], {
    env,
    timeout: 60_000,
  });
  return { code, stdout: stdout.trim(), stderr: stderr.trim() };
}

async function tar(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['tar', ...args]);
  if (code !== 0) throw new Error(`tar ${args.join(' ')}: ${stderr}`);
  return stdout;
}
