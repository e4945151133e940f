#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { calledAs } from './cli/called-as.ts';
import { COMMANDS } from './cli/commands.ts';
import type { Io } from './cli/io.ts';
import { plainIo } from './cli/plain-io.ts';
import { runCli } from './cli/program.ts';

/** The only place that knows the process: arguments, environment, signals, exit code. */
const stop = new AbortController();
// Every scan, probe and call under way listens, and forgets: many are no leak.
setMaxListeners(0, stop.signal);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort(signal));

// A reader that goes away (`portcullis check | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const called = calledAs(process.argv[1] ?? '');

const io: Io = {
  calledAs: called.name,
  out: (text) => process.stdout.write(text),
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
