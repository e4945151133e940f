import type { Command, Option } from 'commander';
import type { ClusterNames } from './cluster-names.ts';
import { findOption, type Line } from './line.ts';
import { argumentKind, optionKind, type ValueKind } from './value-kinds.ts';

/** One way to go on. */
export interface Candidate {
  readonly value: string;
  /** One line, for those shells that show it. */
  readonly description?: string;
}

/**
 * What the shell should do beside offering the candidates, in the numbers that kubectl and all programs of its kind use (a sum of
 * ShellCompDirective of spf13/cobra): no space behind the word, no names of files, only folders.
 */
const DIRECTIVE = { files: 0, noSpace: 2, noFiles: 4, folders: 16 } as const;

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: number;
}

/** Every way to go on that begins with what is already written. */
export async function candidatesFor(line: Line, names: ClusterNames): Promise<Completion> {
  const { command, partial, awaiting, onlyArguments } = line;
  if (awaiting !== undefined) return beginningWith(partial, await valuesOf(optionKind(command, awaiting), line, names));
  if (!onlyArguments && partial.startsWith('--') && partial.includes('=')) return behindEqualsSign(line, names);
  if (!onlyArguments && partial.startsWith('-'))
    return beginningWith(partial, { candidates: optionsOf(line), directive: DIRECTIVE.noFiles });
  return beginningWith(partial, await argumentsOf(line, names));
}

async function behindEqualsSign(line: Line, names: ClusterNames): Promise<Completion> {
  const [name = '', ...value] = line.partial.split('=');
  const option = findOption(line.command, name);
  if (option === undefined) return NOTHING;
  const inner = { ...line, partial: value.join('=') };
  const { candidates, directive } = beginningWith(inner.partial, await valuesOf(optionKind(line.command, option), inner, names));
  return { candidates: candidates.map((one) => ({ ...one, value: `${name}=${one.value}` })), directive };
}

const NOTHING: Completion = { candidates: [], directive: DIRECTIVE.noFiles };

function optionsOf({ command, given }: Line): Candidate[] {
  const left = (option: Option) => option.variadic || ![...given.keys()].some(({ long }) => long === option.long);
  const options = command.createHelp().visibleOptions(command).filter(left);
  return options.flatMap(({ long, short, description }) => [long, short].flatMap((value) => (value ? [{ value, description }] : [])));
}

async function argumentsOf(line: Line, names: ClusterNames): Promise<Completion> {
  const { command, argumentCount } = line;
  if (command.commands.length > 0) return { candidates: argumentCount === 0 ? commandsOf(command) : [], directive: DIRECTIVE.noFiles };
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[argumentCount] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? NOTHING : valuesOf(argumentKind(command, argument), line, names);
}

function commandsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((one) => ({ value: one.name(), description: one.description() }));
}

async function valuesOf(kind: ValueKind, line: Line, names: ClusterNames): Promise<Completion> {
  switch (kind.kind) {
    case 'words':
      return { candidates: kind.words.map((value) => ({ value })), directive: DIRECTIVE.noFiles };
    case 'list':
      return { candidates: listValues(kind.words, line.partial), directive: DIRECTIVE.noFiles };
    case 'file':
      return { candidates: [], directive: DIRECTIVE.files };
    case 'folder':
      return { candidates: [], directive: DIRECTIVE.folders };
    case 'free':
      return NOTHING;
    default:
      return { candidates: (await names[kind.kind](line)).map((value) => ({ value })), directive: DIRECTIVE.noFiles };
  }
}

/** The words that are not in the list yet, each behind those that are. */
function listValues(words: readonly string[], partial: string): Candidate[] {
  const before = partial.split(',').slice(0, -1);
  return words.filter((word) => !before.includes(word)).map((word) => ({ value: [...before, word].join(',') }));
}

/** A name that goes on behind a slash wants no space. */
function beginningWith(partial: string, { candidates, directive }: Completion): Completion {
  const fitting = candidates.filter(({ value }) => value.startsWith(partial));
  const goesOn = fitting.length > 0 && fitting.every(({ value }) => value.endsWith('/'));
  return { candidates: fitting, directive: goesOn ? directive + DIRECTIVE.noSpace : directive };
}
