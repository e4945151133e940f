import { Command } from 'commander';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from './cli.ts';
import { recordingIo } from './recording-io.ts';

/** One line of the examples of a help text. */
export interface HelpExample {
  /** The command whose help shows it: `template show`; empty for the program itself. */
  readonly of: string;
  /** What is typed behind the name of the program, as the shell would split it; without what is piped in and where the output goes. */
  readonly words: readonly string[];
}

/** The whole command line, whose commands do nothing. */
export function silentProgram(): Command {
  const program = new Command('portcullis');
  for (const define of COMMANDS) define(program, recordingIo(), () => undefined);
  return program;
}

/** Each command that the help shows and that does something by itself, as it is typed. */
export function leafCommands(command: Command = silentProgram(), path: readonly string[] = []): string[] {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  if (visible.length === 0) return [path.join(' ')];
  return visible.flatMap((one) => leafCommands(one, [...path, one.name()]));
}

/** What the help of a command says. */
export async function helpOf(command: string): Promise<string> {
  return (await run([...command.split(' ').filter((word) => word !== ''), '--help'])).out;
}

/** Every example of the help of the program and of each of its commands. */
export async function helpExamples(): Promise<HelpExample[]> {
  const examples: HelpExample[] = [];
  for (const of of ['', ...leafCommands()]) {
    examples.push(...linesOf(await helpOf(of)).map((line) => ({ of, words: wordsOf(line) })));
  }
  return examples;
}

/** The command lines below `Examples:`, each behind the name of the program; a comment stands behind two spaces. */
function linesOf(help: string): string[] {
  const [, behind = ''] = help.split(/^Examples?:\n/m);
  const block = behind.split('\n\n')[0] ?? '';
  const lines = block.replaceAll(/ \\\n +/g, ' ').split('\n');
  return lines.flatMap(
    (line) => /^ {2}(?:.* \| )?(?:kubectl )?portcullis (.*?)(?: > .*)?$/.exec(line.replace(/(?<=\S) {2,}.*$/, ''))?.[1] ?? [],
  );
}

function wordsOf(line: string): string[] {
  return (line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? []).map((word) => word.replaceAll(/["']/g, ''));
}
