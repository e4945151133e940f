import type { Command, Option } from 'commander';

/** A command line up to the cursor, as far as completion needs to understand it. */
export interface Line {
  /** The innermost command that is named. */
  readonly command: Command;
  /** The word at the cursor; may be empty. */
  readonly partial: string;
  /** The option whose value the next word is. */
  readonly awaiting?: Option;
  /** The options that are given, with their last value; empty for a flag. */
  readonly given: ReadonlyMap<Option, string>;
  /** How many arguments the command has before the cursor. */
  readonly argumentCount: number;
  /** Behind `--` nothing is an option. */
  readonly onlyArguments: boolean;
}

/** Reads the words behind the name of the program; the last one is at the cursor. Understands words as commander does. */
export function readLine(program: Command, words: readonly string[]): Line {
  const partial = words.at(-1) ?? '';
  const start: Line = { command: program, partial, given: new Map(), argumentCount: 0, onlyArguments: false };
  const line = words.slice(0, -1).reduce(withWord, start);
  // What looks like an option ends the values of one that takes many; a single value may look like anything.
  const ends = line.awaiting?.variadic === true && partial.startsWith('-');
  return ends ? withoutAwaiting(line) : line;
}

function withWord(line: Line, word: string): Line {
  if (line.onlyArguments) return { ...line, argumentCount: line.argumentCount + 1 };
  const { awaiting } = line;
  if (awaiting !== undefined && !(awaiting.variadic && word.startsWith('-'))) {
    const valued = { ...line, given: new Map(line.given).set(awaiting, word) };
    return awaiting.variadic ? valued : withoutAwaiting(valued);
  }
  if (word === '--') return { ...withoutAwaiting(line), onlyArguments: true };
  if (word.startsWith('-') && word !== '-') return withOption(withoutAwaiting(line), word);
  return withArgument(line, word);
}

function withOption(line: Line, word: string): Line {
  const [name = '', ...value] = word.split('=');
  const option = findOption(line.command, name);
  if (option === undefined) {
    // -nshop: a short option with its value behind it.
    const short = findOption(line.command, word.slice(0, 2));
    return short?.required ? { ...line, given: new Map(line.given).set(short, word.slice(2)) } : line;
  }
  const given = new Map(line.given).set(option, value.join('='));
  return option.required && value.length === 0 ? { ...line, given, awaiting: option } : { ...line, given };
}

function withArgument(line: Line, word: string): Line {
  const { command, argumentCount } = line;
  if (argumentCount === 0 && command.commands.length > 0) {
    const inner = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    // `help` is followed by the name of a command, too.
    return inner === undefined ? (word === 'help' ? line : { ...line, argumentCount: 1 }) : { ...line, command: inner, given: new Map() };
  }
  return { ...line, argumentCount: argumentCount + 1 };
}

function withoutAwaiting({ awaiting: _, ...line }: Line): Line {
  return line;
}

/** The option of a command by its long or short name, with the dashes. */
export function findOption(command: Command, name: string): Option | undefined {
  return command.options.find(({ long, short }) => long === name || short === name);
}
