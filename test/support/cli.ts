import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/program.ts';
import { recordingIo } from './recording-io.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process; the folder stands as DIR in what it prints. */
export async function run(argv: readonly string[], { folder = '', stdin = '' } = {}): Promise<Ran> {
  const io = recordingIo({ stdin });
  const code = await runCli(argv, io, COMMANDS);
  const neutral = (text: string) => (folder === '' ? text : text.replaceAll(folder, 'DIR'));
  return { code, out: neutral(io.printed.out), err: neutral(io.printed.err) };
}

/** A folder with these files, which is gone when the work is done. */
export async function withFiles<T>(files: Readonly<Record<string, string>>, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-cli-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The command lines that a help text shows as examples, as arguments; a pipe's left side and comments are left out. */
export function examplesOf(help: string): string[][] {
  const examples = help.slice(help.indexOf('Example')).split('\n\n')[0] ?? '';
  return examples.split('\n').flatMap((line) => {
    const command = /(?:^|\| )\s*portcullis (.*)$/.exec(line.trim().split(/ {2,}/)[0] ?? '')?.[1];
    return command === undefined ? [] : [command.replace(/ > .*/, '').split(' ')];
  });
}
