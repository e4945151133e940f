import { chmod, cp, mkdir, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../proc.ts';
import type { Image } from './archive.ts';
import { checked, located } from './command.ts';

/** A file or folder of this machine, and the place that it gets in the image. */
export interface Copy {
  readonly from: string;
  readonly to: string;
}

export const BASE = 'localhost/base:1';

const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const NMAP_DATA = '/usr/share/nmap';
const NPM = '/usr/lib/node_modules/npm';
/** Of no use in a container, and 3 MB. */
const NPM_MANUALS = ['docs', 'man'];

const ACCOUNTS: Readonly<Record<string, string>> = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/home/node:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n',
  'etc/group': 'root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/**
 * What the base takes from this machine, so that it needs no registry of images: node, npm, nmap without its scripts, busybox, the
 * libraries that they load, and the authorities that the machine trusts. Throws when one of the programs is not installed.
 */
export async function baseCopies(): Promise<readonly Copy[]> {
  const programs: readonly Copy[] = [
    { from: process.execPath, to: '/usr/bin/node' },
    { from: await located('nmap'), to: '/usr/bin/nmap' },
    { from: await located('busybox'), to: '/bin/busybox' },
  ];
  const libraries = new Set((await Promise.all(programs.map(({ from }) => librariesOf(from)))).flat());
  const npm = dirname(dirname(await realpath(await located('npm'))));
  const data = (await readdir(NMAP_DATA)).filter((name) => name.startsWith('nmap-')).map((name) => join(NMAP_DATA, name));
  const inPlace = [...libraries, ...data, CA_BUNDLE].toSorted().map((path) => ({ from: path, to: path }));
  return [...programs, { from: npm, to: NPM }, ...inPlace];
}

/** The base of our own image, and the image of pods that need a shell. */
export function baseImage(copies: readonly Copy[]): Image {
  return {
    name: BASE,
    config: { Cmd: ['/bin/sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    async fill(root) {
      await Promise.all(['etc', 'root', 'home/node', 'tmp'].map((folder) => mkdir(join(root, folder), { recursive: true })));
      for (const { from, to } of copies) await cp(from, join(root, to), { recursive: true, dereference: true });
      await Promise.all(NPM_MANUALS.map((name) => rm(join(root, NPM, name), { recursive: true, force: true })));
      await Promise.all(Object.entries(ACCOUNTS).map(([file, text]) => writeFile(join(root, file), text)));
      for (const name of ['npm', 'npx'])
        await symlink(join('..', NPM.slice('/usr/'.length), 'bin', `${name}-cli.js`), join(root, 'usr/bin', name));
      await linkApplets(root);
      await checked(['chmod', '-R', 'u=rwX,go=rX', root]);
      await chmod(join(root, 'tmp'), 0o1777);
    },
  };
}

/** Every name that busybox goes by, at its usual place, unless a real program is there. */
async function linkApplets(root: string): Promise<void> {
  const applets = await checked([join(root, 'bin/busybox'), '--list-full']);
  for (const applet of applets.trim().split('\n')) {
    const link = join(root, applet);
    await mkdir(dirname(link), { recursive: true });
    await symlink('/bin/busybox', link).catch(unlessThere);
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** The shared libraries of a program, the loader and what it opens by name (name services) included; none when it is static. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { code, stdout } = await run(['ldd', program]);
  if (code !== 0) return [];
  const missing = /^\s*(\S+) => not found/m.exec(stdout)?.[1];
  if (missing !== undefined) throw new Error(`${program} needs the library ${missing}, which is not installed`);
  const libraries = [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path]) => path ?? '');
  const libc = libraries.find((path) => path.endsWith('/libc.so.6'));
  const names = libc === undefined ? [] : ['libnss_dns.so.2', 'libnss_files.so.2'].map((name) => join(dirname(libc), name));
  return [...libraries, ...names];
}
