import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../cluster/proc.ts';
import { until } from '../cluster/wait.ts';

export interface ProcessWishes {
  /** The file that `buildProgram` made. */
  readonly program: string;
  /** Where what it prints goes. */
  readonly folder: string;
  readonly words: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** `serve` on this machine alone, at free ports, without probes. */
export const SERVE_HERE = 'serve --host 127.0.0.1 --port 0 --metrics-port 0 --stop-delay 0 --address 127.0.0.1 --engine off'.split(' ');

/** Runs the program as a process of its own until it ends, or what it printed is enough and it is ended. Answers all that it printed. */
export async function runProcess(
  { program, folder, words, env }: ProcessWishes,
  enough: (text: string) => Promise<boolean>,
): Promise<string> {
  const [name = ''] = words;
  const log = join(folder, `${name}.log`);
  await writeFile(log, '');
  const child = startChild({ name, command: [process.execPath, program, ...words], log, ...(env === undefined ? {} : { env }) });
  try {
    const isDone = async () => child.ending() !== undefined || (await enough(await readFile(log, 'utf8')));
    await until(`${name} to get on`, isDone, { deadline: 60_000 });
  } finally {
    await child.kill('SIGTERM');
  }
  return readFile(log, 'utf8');
}
