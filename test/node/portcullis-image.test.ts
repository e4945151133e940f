import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portcullisImage, testImages } from '../cluster/images.ts';
import { run } from '../cluster/proc.ts';
import { contentOf, type ImageArchive, runInRoot, unpackArchive, unpackLayers } from '../support/image-archive.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let portcullis: ImageArchive;
let base: ImageArchive;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-image-'));
  for (const name of ['base', 'portcullis', 'root']) await mkdir(join(folder, name), { mode: 0o755 });
  const archives = await testImages();
  base = await unpackArchive(archives.at(-1) ?? '', join(folder, 'base'));
  portcullis = await unpackArchive(await portcullisImage(), join(folder, 'portcullis'));
  await unpackLayers(portcullis.layers, join(folder, 'root'));
}, 900_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const ownLayers = () => portcullis.layers.slice(base.layers.length);

describe('the image that the Dockerfile makes', () => {
  it('lies on its base', () => {
    expect([base.names, portcullis.names]).toEqual([['localhost/base:1'], ['localhost/portcullis:test']]);
    expect(portcullis.image.rootfs.diff_ids.slice(0, base.layers.length)).toEqual(base.image.rootfs.diff_ids);
  });

  it('starts the command line, not as root', () => {
    const { User, Entrypoint, Cmd = [], WorkingDir, Env = [], ExposedPorts = {} } = portcullis.image.config;
    expect({
      User,
      Entrypoint,
      Cmd,
      WorkingDir,
      ports: Object.keys(ExposedPorts).toSorted(),
      node: Env.includes('NODE_ENV=production'),
    }).toEqual({
      User: '1000:1000',
      Entrypoint: ['node', '/portcullis/dist/portcullis.js'],
      Cmd: [],
      WorkingDir: '/portcullis',
      ports: ['8081/tcp', '8443/tcp'],
      node: true,
    });
  });

  it('holds the bundle, the licences and nothing else', async () => {
    const paths = (await Promise.all(ownLayers().map(contentOf))).flat().map((line) => line.split(' ').slice(1).join(' '));
    expect(paths.toSorted()).toEqual([
      '0/0 portcullis/',
      '0/0 portcullis/LICENSE',
      '0/0 portcullis/dist/',
      '0/0 portcullis/dist/lib/',
      ...LIBRARY.map((file) => `0/0 portcullis/dist/lib/${file}`),
      '0/0 portcullis/dist/portcullis.js',
      '0/0 portcullis/dist/portcullis.js.LEGAL.txt',
      '0/0 portcullis/package.json',
    ]);
  });

  it('runs as its user', async () => {
    const command = [...(portcullis.image.config.Entrypoint ?? []), 'template', 'schema'];
    const { code, stdout, stderr } = await runInRoot(join(folder, 'root'), '1000:1000', command);
    expect({ code, stderr, title: JSON.parse(stdout).title }).toEqual({ code: 0, stderr: '', title: 'PortTemplate' });
  });

  it('tells neither the registry nor a path of the machine that built it', async () => {
    const layers = await Promise.all(ownLayers().map((layer) => readFile(layer, 'latin1')));
    const texts = [portcullis.text, ...layers];
    const found = (words: readonly string[]) => words.filter((word) => texts.some((text) => text.includes(word)));
    expect(found(['portcullis/dist/portcullis.js'])).toHaveLength(1); // the search finds what is there
    expect(found(await privateWords())).toEqual([]);
  });
});

/** The packages that are read when they are first imported. */
const LIBRARY = [
  'fast-xml-parser.cjs',
  'fastify.cjs',
  'fastify.cjs.LEGAL.txt',
  'kubernetes-client-node.cjs',
  'node-forge.cjs',
  'pino.cjs',
  'prom-client.cjs',
  'viz-js-viz.cjs',
  'viz-js-viz.cjs.LEGAL.txt',
  'ws.cjs',
];

describe('.dockerignore', () => {
  it('lets in what the build needs, as buildah reads it', async () => {
    const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
    const dockerfile = join(folder, 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /context/\n');
    const archive = join(folder, 'context.tar');
    const build = ['bud', '--quiet', '--format', 'docker', '--file', dockerfile, '--tag', 'localhost/context:1', REPOSITORY];
    for (const command of [build, ['push', '--quiet', 'localhost/context:1', `docker-archive:${archive}:localhost/context:1`]]) {
      const { code, stderr } = await run(['buildah', ...store, ...command]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    await mkdir(join(folder, 'context'));
    const { layers } = await unpackArchive(archive, join(folder, 'context'));
    const paths = (await Promise.all(layers.map(contentOf))).flat();
    const names = new Set(paths.map((line) => / context\/([^/]*)/.exec(line)?.[1] ?? line).filter((name) => name !== ''));
    expect([...names].toSorted()).toEqual(['LICENSE', 'build.mjs', 'package-lock.json', 'package.json', 'src', 'tsconfig.json']);
  });
});

/** What must stay on the machine: the registry's name, the file of its authorities, and where the repository and the settings lie. */
async function privateWords(): Promise<readonly string[]> {
  const settings = ['registry', 'cafile', 'userconfig'].map(async (name) => {
    const { stdout } = await run(['npm', 'config', 'get', name], { cwd: REPOSITORY });
    return stdout.trim();
  });
  const [registry = '', cafile = 'null', userconfig = ''] = await Promise.all(settings);
  const words = [new URL(registry).host, userconfig, REPOSITORY, ...(cafile === 'null' ? [] : [cafile])];
  if (words.includes('')) throw new Error(`npm does not say its settings: ${words.join(', ')}`);
  return words;
}
