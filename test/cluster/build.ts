import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goDirective, goVersion, localToolchain, whyNoGo } from './go.ts';
import { withLock } from './lock.ts';
import { type Child, startChild } from './proc.ts';
import { until } from './wait.ts';

const SOURCE = fileURLToPath(new URL('bin/controlplane/', import.meta.url));
const SOURCE_FILES = ['go.mod', 'go.sum', 'main.go'];
const BINARY = 'controlplane';
const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'];
/** A cold build takes 5 minutes on 2 free cores, more on a busy machine. */
const BUILD_DEADLINE = 30 * 60_000;
const PROGRESS_EVERY = 30_000;

/**
 * The folder that holds the programs of the control plane, each by its own name: `etcd`, `kube-apiserver`, `kubectl`, … Builds them
 * when the cache has none for these sources and this Go; that takes minutes and says so on stderr. Any number of processes may ask at
 * once: one builds, the others wait. Throws with a sentence that says what is missing, or with the compiler's words.
 */
export async function controlPlanePrograms(): Promise<string> {
  const version = await goVersion();
  const problem = whyNoGo(version, goDirective(join(SOURCE, 'go.mod')));
  if (version === undefined || problem !== undefined) throw new Error(`cannot build the control plane of the tests: ${problem}`);
  const key = await cacheKey(version);
  const ready = join(cacheFolder(), key);
  if (await exists(ready)) return ready;
  await withLock(`portcullis-build-${process.getuid?.()}-${key}`, async () => {
    if (!(await exists(ready))) await build(ready);
  });
  return ready;
}

/** Says in one sentence why the control plane cannot be built and run on this machine; undefined when it can. */
export async function whyNoControlPlane(): Promise<string | undefined> {
  const setpriv = await onPath('setpriv');
  if (!setpriv) return 'the program setpriv (util-linux) is not installed';
  return whyNoGo(await goVersion(), goDirective(join(SOURCE, 'go.mod')));
}

/** Links are made beside the binary before the folder gets its final name: it is there whole or not at all. */
async function build(ready: string): Promise<void> {
  const partial = `${ready}.partial`; // only the holder of the lock touches it: one that is found is left from a build that was killed
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const log = `${ready}.log`;
  await rm(log, { force: true });
  const compiler = startChild({
    name: 'go build',
    command: ['go', 'build', ...(await buildFlags()), '-o', join(partial, BINARY), '.'],
    log,
    cwd: SOURCE,
    env: { ...localToolchain(), CGO_ENABLED: '0' },
  });
  await finished(compiler);
  await Promise.all(PROGRAMS.map((name) => symlink(BINARY, join(partial, name))));
  await rename(partial, ready);
}

async function finished(compiler: Child): Promise<void> {
  const start = performance.now();
  const report = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stderr.write(`building etcd, kube-apiserver and kubectl for the tests, once (minutes on an empty Go cache): ${seconds} s\n`);
  };
  report();
  const timer = setInterval(report, PROGRESS_EVERY);
  try {
    await until('the build of the control plane', async () => compiler.ending() !== undefined, { deadline: BUILD_DEADLINE });
  } finally {
    clearInterval(timer);
    await compiler.kill();
  }
  if (compiler.ending()?.code !== 0) throw new Error(`cannot build the control plane of the tests:\n${compiler.tail()}`);
}

/** Without the version flags the server calls itself v0.0.0-master. The date is fixed, so that equal sources give an equal binary. */
async function buildFlags(): Promise<readonly string[]> {
  const goMod = await readFile(join(SOURCE, 'go.mod'), 'utf8');
  const [, major, minor, patch] = /^\tk8s\.io\/kubernetes v(\d+)\.(\d+)\.(\d+)$/m.exec(goMod) ?? [];
  if (patch === undefined) throw new Error('go.mod names no release of k8s.io/kubernetes');
  const values = {
    gitVersion: `v${major}.${minor}.${patch}`,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: '0000000',
    gitTreeState: 'clean',
    buildDate: '2020-01-01T00:00:00Z',
  };
  const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  );
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...stamps].join(' ')];
}

async function cacheKey(version: string): Promise<string> {
  const hash = createHash('sha256').update(version);
  for (const file of SOURCE_FILES) hash.update(await readFile(join(SOURCE, file)));
  hash.update(JSON.stringify([PROGRAMS, await buildFlags()]));
  return hash.digest('hex').slice(0, 16);
}

/** Outside the repository, so that a fresh checkout need not build again. */
function cacheFolder(): string {
  const { PORTCULLIS_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = PORTCULLIS_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'portcullis');
  return join(cache, 'control-plane');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function onPath(program: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(':');
  const found = await Promise.all(folders.map((folder) => exists(join(folder, program))));
  return found.includes(true);
}
