import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Child, startChild } from '../cluster/proc.ts';
import { until } from '../cluster/wait.ts';

/** `portcullis serve` as a process of its own, from a bundle like the one that is shipped. */
export interface Serving {
  readonly process: Child;
  /** The TLS port of the gate; undefined where the role serves none. */
  readonly gatePort: number | undefined;
  readonly metricsPort: number;
  /** The lines of its log so far, as values. */
  log(): readonly Readonly<Record<string, unknown>>[];
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Bundles the program into a folder; answers the file. */
export async function buildProgram(folder: string): Promise<string> {
  const program = join(folder, 'portcullis.js');
  await promisify(execFile)(process.execPath, ['build.mjs', program], { cwd: ROOT });
  return program;
}

export interface ServingOptions {
  /** The file that `buildProgram` made. */
  readonly program: string;
  /** Tells processes and their logs apart. */
  readonly name: string;
  /** Where its log goes. */
  readonly folder: string;
  /** What follows `serve` on the command line, beside addresses. */
  readonly words: readonly string[];
}

/** Starts it on free ports of 127.0.0.1, and answers once it works. Rejects with its last lines where it ends before. */
export async function startServing({ program, name, folder, words }: ServingOptions): Promise<Serving> {
  const file = join(folder, `${name}.log`);
  const places = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0'];
  const child = startChild({ name, command: [process.execPath, program, 'serve', ...places, ...words], log: file });
  const log = () => linesOf(readFileSync(file, 'utf8'));
  const line = (message: string) => log().find(({ msg }) => msg === message);
  try {
    await until(`${name} to work`, async () => line('started') !== undefined, { deadline: 60_000, children: [child] });
  } catch (error) {
    await child.kill();
    throw error;
  }
  const portOf = (message: string) => {
    const port = line(message)?.port;
    return typeof port === 'number' ? port : undefined;
  };
  return { process: child, gatePort: portOf('the gate listens'), metricsPort: portOf('metrics are served') ?? 0, log };
}

/** The last line may be half written. */
function linesOf(text: string): Record<string, unknown>[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return whole.filter((line) => line.startsWith('{')).map((line): Record<string, unknown> => JSON.parse(line));
}
