import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { goDirective, goVersion, localToolchain, whyNoGo } from './go.ts';
import { withLock } from './lock.ts';
import { exists } from './presence.ts';
import { type Child, startChild } from './proc.ts';
import { until } from './wait.ts';

/** A Go module that the tests build: one binary, called by several names. */
export interface GoProgram {
  /** Of its folder in the cache. */
  readonly name: string;
  /** What it is, for messages: "the control plane of the tests". */
  readonly what: string;
  /** The folder of go.mod and main.go. */
  readonly source: string;
  /** The name of the binary itself. */
  readonly binary: string;
  /** The names that link to the binary. */
  readonly links: readonly string[];
  /** The linker's `-X` settings, from the text of go.mod. */
  stamps(goMod: string): readonly string[];
}

/** A cold build takes 5 minutes on 2 free cores, more on a busy machine. */
const BUILD_DEADLINE = 30 * 60_000;
const PROGRESS_EVERY = 30_000;

/**
 * The folder that holds the binary and its links. Builds them when the cache has none for these sources and this Go; that may take
 * minutes and says so on stderr. Any number of processes may ask at once: one builds, the others wait. Throws with a sentence that says
 * what is missing, or with the compiler's words.
 */
export async function built(program: GoProgram): Promise<string> {
  const version = await goVersion();
  const problem = whyNoGo(version, goDirective(join(program.source, 'go.mod')));
  if (version === undefined || problem !== undefined) throw new Error(`cannot build ${program.what}: ${problem}`);
  const key = await cacheKey(program, version);
  const ready = join(cacheFolder(), program.name, key);
  if (await exists(ready)) return ready;
  await withLock(`portcullis-build-${process.getuid?.()}-${key}`, async () => {
    if (!(await exists(ready))) await build(program, ready);
  });
  return ready;
}

/** Says in one sentence why a program cannot be built on this machine; undefined when it can. */
export async function whyNotBuilt({ source }: GoProgram): Promise<string | undefined> {
  return whyNoGo(await goVersion(), goDirective(join(source, 'go.mod')));
}

/** Where what takes long to make is kept: outside the repository, so that a fresh checkout need not make it again. */
export function cacheFolder(): string {
  const { PORTCULLIS_CACHE, XDG_CACHE_HOME } = process.env;
  return PORTCULLIS_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'portcullis');
}

/** Links are made beside the binary before the folder gets its final name: it is there whole or not at all. */
async function build(program: GoProgram, ready: string): Promise<void> {
  const { binary, links, source } = program;
  const partial = `${ready}.partial`; // only the holder of the lock touches it: one that is found is left from a build that was killed
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const log = `${ready}.log`;
  await rm(log, { force: true });
  const compiler = startChild({
    name: 'go build',
    command: ['go', 'build', ...(await buildFlags(program)), '-o', join(partial, binary), '.'],
    log,
    cwd: source,
    env: { ...localToolchain(), CGO_ENABLED: '0' },
  });
  await finished(program, compiler);
  await Promise.all(links.map((name) => symlink(binary, join(partial, name))));
  await rename(partial, ready);
}

async function finished({ what }: GoProgram, compiler: Child): Promise<void> {
  const start = performance.now();
  const report = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stderr.write(`building ${what}, once (minutes on an empty Go cache): ${seconds} s\n`);
  };
  report();
  const timer = setInterval(report, PROGRESS_EVERY);
  try {
    await until(`the build of ${what}`, async () => compiler.ending() !== undefined, { deadline: BUILD_DEADLINE });
  } finally {
    clearInterval(timer);
    await compiler.kill();
  }
  if (compiler.ending()?.code !== 0) throw new Error(`cannot build ${what}:\n${compiler.tail()}`);
}

async function buildFlags({ source, stamps }: GoProgram): Promise<readonly string[]> {
  const values = stamps(await readFile(join(source, 'go.mod'), 'utf8')).map((stamp) => `-X ${stamp}`);
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...values].join(' ')];
}

async function cacheKey(program: GoProgram, version: string): Promise<string> {
  const hash = createHash('sha256').update(version);
  const names = (await readdir(program.source)).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name));
  for (const name of names.sort()) hash.update(await readFile(join(program.source, name)));
  hash.update(JSON.stringify([program.links, await buildFlags(program)]));
  return hash.digest('hex').slice(0, 16);
}
