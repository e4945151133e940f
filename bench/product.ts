import { readFileSync } from 'node:fs';
import type { Api } from '../test/cluster/api.ts';
import { install, pointShippedWebhooks } from '../test/support/portcullis.ts';
import { processFigures } from '../test/support/process-figures.ts';
import { buildProgram, type Serving, startServing } from '../test/support/serving.ts';

/** The program as it is built, a process of its own on a real API server. */
export interface Product {
  readonly serving: Serving;
  /** When its process was started, of performance.now(). */
  readonly startedAt: number;
  /** Milliseconds of CPU that it used so far; the kernel counts in steps of 10. */
  cpuMs(): number;
  /** Memory in use, now and at its highest. */
  memory(): { readonly rssMiB: number; readonly peakMiB: number };
  stop(): Promise<void>;
}

export interface ProductWishes {
  readonly role: 'all' | 'controller';
  /** The YAML of the ConfigMap portcullis-template; absent: what is there stays. */
  readonly template?: string;
  /** Further words of the command line; the last of two holds. */
  readonly words?: readonly string[];
  /** Whether the shipped webhooks are pointed at it. */
  readonly hooks: boolean;
}

/** One build for each API server. */
const builds = new Map<string, Promise<string>>();

function builtFor({ dir }: Api): Promise<string> {
  const build = builds.get(dir) ?? buildProgram(dir);
  builds.set(dir, build);
  return build;
}

/** Installs deploy/base without its Deployments, builds the program, runs it as the controller's account, and answers once it works. */
export async function startProduct(api: Api, { role, template, words = [], hooks }: ProductWishes): Promise<Product> {
  await install(api, template);
  const access = ['--kubeconfig', api.kubeconfig('portcullis-controller'), '--address', '127.0.0.1'];
  const program = await builtFor(api);
  const startedAt = performance.now();
  const serving = await startServing({
    program,
    folder: api.dir,
    name: `serve-${performance.now().toFixed(0)}`,
    words: ['--role', role, ...access, '--engine', 'off', '--stop-delay', '0', ...words],
  });
  const { pid } = serving.process;
  const stop = async () => {
    await serving.process.kill('SIGTERM');
  };
  try {
    if (hooks) await pointShippedWebhooks(api, serving.gatePort ?? 0);
  } catch (error) {
    await stop();
    throw error;
  }
  return { serving, startedAt, cpuMs: () => cpuMs(pid), memory: () => processFigures(pid), stop };
}

/** Milliseconds of CPU that a process used so far (proc(5), fields utime and stime of `stat`, in ticks of 10 ms). */
export function cpuMs(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(afterName[11]) + Number(afterName[12])) * 10;
}
