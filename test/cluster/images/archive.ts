import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { checked } from './command.ts';

/** How an image starts and what it holds. */
export interface Image {
  /** Like localhost/pause:3.9. */
  readonly name: string;
  readonly config: ImageConfig;
  /** Puts the files of the image into a folder that is its root. */
  fill(root: string): Promise<void>;
}

/** The part of an image's configuration that says how it starts (OCI image specification, "Image Configuration"). */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly Env?: readonly string[];
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
/** Equal files make an equal archive: no times, no owners, one order, and modes that the umask does not change. */
const SAME_BYTES = ['--format=gnu', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

/** Makes an image of one layer and writes it as a docker-archive, the format of `docker save`. It works in folders beside the archive. */
export async function writeArchive(image: Image, archive: string): Promise<void> {
  const root = `${archive}.root`;
  const parts = `${archive}.parts`;
  await mkdir(root);
  await mkdir(parts);
  await image.fill(root);
  await writeParts(image, { root, parts });
  await pack(parts, archive);
  await Promise.all([root, parts].map((path) => rm(path, { recursive: true })));
}

/** The parts of the archive: a manifest names the configuration and the layer, each of which carries its own hash as its name. */
async function writeParts({ name, config }: Image, { root, parts }: { root: string; parts: string }): Promise<void> {
  const packed = join(parts, 'layer');
  await pack(root, packed);
  const layer = await sha256(packed);
  await mkdir(join(parts, layer));
  await rename(packed, join(parts, layer, 'layer.tar'));
  const text = JSON.stringify(configuration(config, layer));
  const file = `${createHash('sha256').update(text).digest('hex')}.json`;
  await writeFile(join(parts, file), text);
  const manifest = [{ Config: file, RepoTags: [name], Layers: [`${layer}/layer.tar`] }];
  await writeFile(join(parts, 'manifest.json'), JSON.stringify(manifest));
}

function configuration(config: ImageConfig, layer: string) {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`no image can be made on ${process.arch}; on x64 and arm64 it can`);
  const created = new Date(0).toISOString();
  return { architecture, os: 'linux', created, config, rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] }, history: [{ created }] };
}

async function pack(folder: string, archive: string): Promise<void> {
  await checked(['tar', '--create', '--file', archive, ...SAME_BYTES, '--directory', folder, '.']);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
