#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { calledAs } from './cli/called-as.ts';
import { COMMANDS } from './cli/commands.ts';
import { EXIT } from './cli/exit-code.ts';
import type { Io } from './cli/io.ts';
import { plainIo } from './cli/plain-io.ts';
import { runCli } from './cli/program.ts';
import { fileProblem } from './core/file-problem.ts';

/** The only place that knows the process: arguments, environment, signals, exit code. */
const stop = new AbortController();
// Every scan, probe and call under way listens, and forgets: many are no leak.
setMaxListeners(0, stop.signal);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort(signal));

// A reader that goes away (`portcullis check | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') outputLost(error);
});

/** A result that was cut short, as on a full disk, must not look like a whole one. */
function outputLost(error: unknown): never {
  process.stderr.write(`portcullis: the output cannot be written: ${fileProblem(error)}\n`);
  process.exit(EXIT.failed);
}

/** Writes to a file throw at once; those to a pipe fail later, as an event. */
function print(text: string): void {
  try {
    process.stdout.write(text);
  } catch (error) {
    outputLost(error);
  }
}

const called = calledAs(process.argv[1] ?? '');

const io: Io = {
  calledAs: called.name,
  out: print,
  err: (text) => process.stderr.write(text),
  stdin: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  },
  color: process.stdout.isTTY === true && !process.env.NO_COLOR,
  ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
  progress: process.stderr.isTTY === true,
  env: process.env,
  stop: stop.signal,
};

process.exitCode = await runCli([...called.words, ...process.argv.slice(2)], plainIo(io), COMMANDS);
