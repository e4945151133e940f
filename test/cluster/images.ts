import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Image, type ImageConfig, writeArchive } from './images/archive.ts';
import { BASE, baseCopies, baseImage } from './images/base.ts';
import { cached } from './images/cache.ts';
import { contentKey, keyOf, timeKey } from './images/key.ts';
import { buildPortcullis, contextKey } from './images/portcullis.ts';
import { netcheckProgram } from './netcheck.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ARCHIVE = 'image.tar';

/**
 * The images that pods of the node tier run, as files to import: localhost/pause:3.9 (the sandbox), localhost/netcheck:1 (netcheck
 * alone, no shell, not root) and localhost/base:1 (a shell, node, npm and nmap). Made from what is installed on this machine when the
 * cache has none of the same. Throws with a sentence that says what is missing.
 */
export async function testImages(): Promise<readonly string[]> {
  const program = await netcheckProgram();
  const small = [
    single('localhost/pause:3.9', { Entrypoint: ['/pause', 'pause'], User: '65535:65535' }, program),
    single('localhost/netcheck:1', { Entrypoint: ['/netcheck'], User: '65532:65532' }, program),
  ];
  const key = await contentKey('/', [program]);
  return Promise.all([...small.map((image) => archiveOf(image, key)), baseArchive()]);
}

/**
 * The image of Portcullis itself, localhost/portcullis:test, as a file to import: built by buildah from the Dockerfile and the sources as
 * they lie here, on localhost/base:1. Needs root; the first build of some sources takes half a minute.
 */
export async function portcullisImage(): Promise<string> {
  const base = { name: BASE, archive: await baseArchive() };
  const context = await contextKey();
  const key = keyOf([base.archive, await ownKey(), context]);
  const build = (folder: string) => buildPortcullis(base, context, join(folder, ARCHIVE));
  return join(await cached({ kind: 'portcullis-image', key, keep: 3 }, build), ARCHIVE);
}

/** An image of one static program, at the path that it starts: so the process has the name that it has in other clusters. */
function single(name: string, config: ImageConfig & { readonly Entrypoint: readonly [string, ...string[]] }, program: string): Image {
  return {
    name,
    config,
    async fill(root) {
      const path = join(root, config.Entrypoint[0]);
      await copyFile(program, path);
      await Promise.all([root, path].map((made) => chmod(made, 0o755)));
    },
  };
}

async function baseArchive(): Promise<string> {
  const copies = await baseCopies();
  return archiveOf(baseImage(copies), await timeKey(copies.map(({ from }) => from)));
}

/** The archive of an image whose files have this key. */
async function archiveOf(image: Image, files: string): Promise<string> {
  const key = keyOf([image.name, files, await ownKey()]);
  return join(await cached({ kind: 'image', key, keep: 12 }, (folder) => writeArchive(image, join(folder, ARCHIVE))), ARCHIVE);
}

/** An image is made anew when the code that makes it changes. */
const ownKey = (): Promise<string> => contentKey(HERE, [join(HERE, 'images'), join(HERE, 'images.ts')]);
