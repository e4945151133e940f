import { readFileSync } from 'node:fs';
import { run } from './proc.ts';

/** The version of Go on this machine as `go version` prints it (it names the platform too); undefined without Go. */
export async function goVersion(): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(['go', 'version'], { env: localToolchain() });
    return code === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** The version that a go.mod asks for, from its `go` directive: 1.26.0. */
export function goDirective(goMod: string): string {
  const found = /^go (\d+\.\d+(?:\.\d+)?)/m.exec(readFileSync(goMod, 'utf8'))?.[1];
  if (found === undefined) throw new Error(`${goMod} has no go directive`);
  return found;
}

/** Says in one sentence why this machine cannot build for a go directive; undefined when it can. */
export function whyNoGo(version: string | undefined, directive: string): string | undefined {
  if (version === undefined) return `Go is not installed; ${directive} or newer is needed`;
  const installed = /\bgo(\d+(?:\.\d+)*)/.exec(version)?.[1];
  if (installed === undefined) return `the version of Go cannot be read from "${version}"; ${directive} or newer is needed`;
  return isOlder(installed, directive) ? `Go ${installed} is too old; ${directive} or newer is needed` : undefined;
}

/** The environment for Go: its own installed toolchain, never one that it fetches for a newer go directive. */
export function localToolchain(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: 'local' };
}

function isOlder(version: string, than: string): boolean {
  const left = version.split('.').map(Number);
  const right = than.split('.').map(Number);
  for (const [index, wanted] of right.entries()) {
    const got = left[index] ?? 0;
    if (got !== wanted) return got < wanted;
  }
  return false;
}
