import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../go-build.ts';
import { removeFolder, sweep, workFolder } from '../sweep.ts';
import { checked } from './command.ts';
import { contentKey } from './key.ts';

const PORTCULLIS = 'localhost/portcullis:test';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
/** Milliseconds; `npm ci` in it waits for the network. */
const BUILD_TIMEOUT = 10 * 60_000;

/** Changes with the Dockerfile and with every file that .dockerignore lets into the build, as they lie here: committed or not. */
export async function contextKey(folder = REPOSITORY): Promise<string> {
  const paths = await contextPaths(folder);
  return contentKey(
    folder,
    paths.map((path) => join(folder, path)),
  );
}

async function contextPaths(folder: string): Promise<readonly string[]> {
  const ignore = await readFile(join(folder, '.dockerignore'), 'utf8');
  const [everything, ...exceptions] = ignore.trim().split('\n');
  const isList = everything === '*' && exceptions.every((line) => /^![\w.-]+$/.test(line));
  if (!isList) throw new Error('.dockerignore must leave out all ("*") and then name, one a line, what comes in ("!src")');
  return ['Dockerfile', '.dockerignore', ...exceptions.map((line) => line.slice(1))];
}

/** A base image, by its name and its archive. */
interface Base {
  readonly name: string;
  readonly archive: string;
}

/**
 * Builds the Dockerfile on a base image, from the sources that have this key, and writes the result as a docker-archive. Needs root.
 * Throws when somebody edits the sources meanwhile: an image under the key of other sources would stay in the cache.
 */
export async function buildPortcullis(base: Base, key: string, archive: string): Promise<void> {
  await sweep();
  const folder = await workFolder();
  try {
    const context = join(folder, 'context');
    for (const path of await contextPaths(REPOSITORY)) await cp(join(REPOSITORY, path), join(context, path), { recursive: true });
    if ((await contextKey(context)) !== key) throw new Error('the sources changed before their image was built: try again');
    const buildah = builder(folder);
    await buildah('pull', `docker-archive:${base.archive}`);
    const settings = await npmSettings(join(folder, 'npmrc'));
    const build = ['--isolation', 'chroot', '--pull-never', '--build-arg', `BASE=${base.name}`, ...settings];
    await buildah('bud', ...build, '--format', 'docker', '--tag', PORTCULLIS, context);
    await buildah('push', PORTCULLIS, `docker-archive:${archive}:${PORTCULLIS}`);
  } finally {
    await removeFolder(folder);
  }
}

/** buildah with a store of its own: it leaves nothing on the machine. */
function builder(folder: string) {
  const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  return (command: string, ...args: readonly string[]): Promise<string> =>
    checked(['buildah', ...store, command, '--quiet', ...args], { timeout: BUILD_TIMEOUT });
}

/**
 * `npm ci` in the build meets the registry as npm on this machine does: same settings, same authorities, and a cache that outlives the
 * build. They are mounted for the time of the build, so that no layer holds them.
 */
async function npmSettings(file: string): Promise<readonly string[]> {
  const cache = join(cacheFolder(), 'npm');
  await mkdir(cache, { recursive: true });
  const setting = async (name: string) => (await checked(['npm', 'config', 'get', name], { cwd: REPOSITORY })).trim();
  const sources = await Promise.all(['globalconfig', 'userconfig'].map(setting));
  const texts = await Promise.all(sources.map((path) => readFile(path, 'utf8').catch(() => '')));
  await writeFile(file, [...texts, 'cache=/root/.npm'].join('\n'), { mode: 0o600 });
  const authorities = await setting('cafile');
  const mounts = [
    `${file}:/root/.npmrc:ro`,
    `${cache}:/root/.npm`,
    ...(authorities === 'null' ? [] : [`${authorities}:${authorities}:ro`]),
  ];
  return mounts.flatMap((mount) => ['--volume', mount]);
}
