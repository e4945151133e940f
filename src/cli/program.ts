import { Command, CommanderError, Help, type Option } from 'commander';
import { printable } from '../core/printable.ts';
import { VERSION } from '../version.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { helpFor } from './help-name.ts';
import { fitProse } from './help-prose.ts';
import type { Io } from './io.ts';
import { withOptionalValues } from './optional-values.ts';
import { quotingWords } from './typed-words.ts';
import { usageError } from './usage-error.ts';

/** By which a command tells its exit code. */
export type Finish = (code: ExitCode) => void;

/** How each command adds itself; `finish` tells the exit code. */
export type DefineCommand = (program: Command, io: Io, finish: Finish) => void;

const EPILOG = `
Examples:
  portcullis check --template template.yaml manifests/          judge manifests, with no cluster
  portcullis learn manifests/                                   a first template, from what is there
  portcullis template validate template.yaml                    every mistake of a template, with its place
  portcullis apply --template template.yaml --diff              what would change in the cluster
  portcullis scan                                               which ports are open, and which of them are authorized

portcullis COMMAND --help tells more, with examples. Exit codes: 0 clean, 1 violations in enforce (explain: refused, --diff:
differences), 2 usage or unreadable input, 3 the cluster or a tool failed; the highest that applies.`;

/** Runs the command line and answers the exit code. Never exits the process and never throws. */
export async function runCli(argv: readonly string[], world: Io, commands: readonly DefineCommand[]): Promise<ExitCode> {
  const quoting = quotingWords(argv);
  const io: Io = { ...world, err: (text) => world.err(quoting(text)) };
  let code: ExitCode = EXIT.clean;
  const program = new Command('portcullis')
    .description('Keeps undeclared ports out of Kubernetes: gates workloads, closes namespaces, scans what really listens.')
    .version(VERSION, '--version', 'print the version')
    .addHelpText('after', EPILOG)
    .configureHelp({ optionDescription })
    .showHelpAfterError('(--help tells more)')
    .showSuggestionAfterError();
  for (const define of commands) define(program, io, (finished) => (code = finished));
  const names = ['help', 'COMMAND', ...program.commands.map((command) => command.name())];
  const writeOut = (text: string) => io.out(fitProse(helpFor(io.calledAs ?? 'portcullis', text, names), io.columns));
  const outputError = (said: string, write: (text: string) => void) => write(usageError(said));
  for (const command of [program, ...allCommands(program)]) {
    command.exitOverride().configureOutput({ writeOut, writeErr: io.err, outputError });
  }
  try {
    await program.parseAsync(withOptionalValues(knownHelp(argv, names), program), { from: 'user' });
    return code;
  } catch (error) {
    return failure(error, io);
  }
}

/** Help on a command that there is not would be the help of the whole program, without a word; the command alone is a mistake that is told. */
function knownHelp(argv: readonly string[], names: readonly string[]): readonly string[] {
  const [first, second] = argv;
  return first === 'help' && second !== undefined && !second.startsWith('-') && !names.includes(second) ? [second] : argv;
}

/** An option that takes a list begins with an empty one: nothing that a person must read. */
function optionDescription(option: Option): string {
  return new Help().optionDescription(option).replace(' (default: [])', '');
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}

function failure(error: unknown, io: Io): ExitCode {
  // Commander has printed its own message; help and version leave with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.clean : EXIT.usage;
  if (error instanceof CommandError) {
    io.err(`portcullis: ${error.message}\n`);
    return error.code;
  }
  io.err(`portcullis: ${error instanceof Error ? traceOf(error) : String(error)}\n`);
  return EXIT.failed;
}

/** Nobody wrote this message for people: what it quotes begins no line of its own. */
function traceOf({ message, stack = message }: Error): string {
  return stack.replace(message, () => printable(message));
}
