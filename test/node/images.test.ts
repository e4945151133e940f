import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeArchive } from '../cluster/images/archive.ts';
import { testImages } from '../cluster/images.ts';
import { contentOf, type ImageArchive, runInRoot, unpackArchive, unpackLayers } from '../support/image-archive.ts';

let folder: string;
const images = new Map<string, ImageArchive>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-images-'));
  for (const [index, archive] of (await testImages()).entries()) {
    const place = join(folder, String(index));
    await mkdir(place);
    const image = await unpackArchive(archive, place);
    for (const name of image.names) images.set(name, image);
  }
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

function imageOf(name: string): ImageArchive {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
}

describe('the images of the tests', () => {
  it('are three', () => {
    expect([...images.keys()]).toEqual(['localhost/pause:3.9', 'localhost/netcheck:1', 'localhost/base:1']);
  });

  it.each([
    ['localhost/pause:3.9', 'pause', { Entrypoint: ['/pause', 'pause'], User: '65535:65535' }],
    ['localhost/netcheck:1', 'netcheck', { Entrypoint: ['/netcheck'], User: '65532:65532' }],
  ])('%s is one program that anybody may run', async (name, program, config) => {
    const { image, layers } = imageOf(name);
    const files = await Promise.all(layers.map(contentOf));
    expect({ config: image.config, files }).toEqual({ config, files: [['drwxr-xr-x 0/0 ./', `-rwxr-xr-x 0/0 ./${program}`]] });
  });

  it('name their layers by what these hold', async () => {
    for (const { image, layers } of images.values()) {
      const hashes = await Promise.all(layers.map(async (layer) => `sha256:${await sha256(layer)}`));
      expect(image.rootfs.diff_ids).toEqual(hashes);
    }
  });

  it('are the same bytes when they are made of the same', async () => {
    const fill = async (root: string) => {
      await mkdir(join(root, 'etc'));
      await Promise.all(['b', 'a'].map((name) => writeFile(join(root, 'etc', name), name)));
    };
    const archives = ['first.tar', 'second.tar'].map((name) => join(folder, name));
    for (const archive of archives) await writeArchive({ name: 'localhost/same:1', config: { User: '1' }, fill }, archive);
    const [first, second] = await Promise.all(archives.map(sha256));
    expect(first).toBe(second);
  });
});

describe('localhost/base:1', () => {
  let root: string;
  beforeAll(async () => {
    root = join(folder, 'base');
    await mkdir(root, { mode: 0o755 });
    await unpackLayers(imageOf('localhost/base:1').layers, root);
  });

  it.each([
    ['a shell, as a user with a name', ['sh', '-c', 'id -un; echo there > /tmp/file; cat /tmp/file'], 'node\nthere'],
    ['this Node.js', ['node', '-p', 'process.version'], process.version],
    ['npm', ['npm', '--version'], /^\d+\.\d+\.\d+$/],
    ['npx', ['npx', '--version'], /^\d+\.\d+\.\d+$/],
    ['nmap, with the names of services', ['nmap', '-n', '-Pn', '-sT', '-p', '1', '127.0.0.1'], /^1\/tcp closed tcpmux$/m],
    ['the programs of busybox', ['sh', '-c', 'ls /usr/bin/env /bin/tar | head -2'], '/bin/tar\n/usr/bin/env'],
  ])('has %s', async (_, command, output) => {
    const { code, stdout, stderr } = await runInRoot(root, '1000:1000', command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toEqual(typeof output === 'string' ? output : expect.stringMatching(output));
  });

  it('trusts whom this machine trusts', async () => {
    expect(await readFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8')).toContain('BEGIN CERTIFICATE');
  });
});

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
