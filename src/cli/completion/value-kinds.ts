import type { Argument, Command, Option } from 'commander';
import { MISCONFIGURATIONS } from '../../core/misconfigurations.ts';

/** What a value may be, as far as somebody can help to write it. */
export type ValueKind =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Words with commas between them. */
  | { readonly kind: 'list'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'namespace' | 'context' | 'pod' | 'pod kind' | 'free' };

const SCAN_WAYS: Readonly<Record<string, readonly string[]>> = {
  '--inside': ['auto', 'agent', 'exec', 'ephemeral', 'off'],
  '--outside': ['auto', 'pod', 'here', 'off'],
  '--engine': ['auto', 'nmap', 'connect', 'off'],
};

/** The words of options that name them in their help and check them themselves, by command. */
export const OPTION_WORDS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  serve: { '--role': ['all', 'webhook', 'controller'], '--engine': ['auto', 'nmap', 'connect', 'off'], '--policies': ['external'] },
  run: SCAN_WAYS,
  scan: { ...SCAN_WAYS, '--output': ['table', 'wide', 'json', 'yaml'] },
  probe: { '--engine': ['auto', 'nmap', 'connect'] },
};

/** What the value of an option may be: its choices, else what its name or the name of its value says. */
export function optionKind(command: Command, option: Option): ValueKind {
  const words = option.argChoices ?? OPTION_WORDS[command.name()]?.[option.long ?? ''];
  if (words !== undefined) return { kind: 'words', words };
  if (option.long === '--ignore') return { kind: 'list', words: MISCONFIGURATIONS.map(({ code }) => code) };
  if (option.long === '--context') return { kind: 'context' };
  if (option.long?.endsWith('namespace')) return { kind: 'namespace' };
  const value = /[<[]([a-z]+)/.exec(option.flags)?.[1];
  if (value === 'file' || value === 'path') return { kind: 'file' };
  return { kind: value === 'dir' ? 'folder' : 'free' };
}

const ARGUMENT_KINDS: Readonly<Record<string, Exclude<ValueKind['kind'], 'words' | 'list'>>> = {
  paths: 'file',
  path: 'file',
  templates: 'file',
  namespaces: 'namespace',
  pod: 'pod',
  who: 'pod',
};

/** What an argument may be: its choices, else what its name says. */
export function argumentKind(command: Command, argument: Argument): ValueKind {
  if (argument.argChoices !== undefined) return { kind: 'words', words: argument.argChoices };
  // A release names one pod for good: without a namespace before it, it wants to read that it is a pod.
  if (command.name() === 'release' && argument.name() === 'pod') return { kind: 'pod kind' };
  return { kind: ARGUMENT_KINDS[argument.name()] ?? 'free' };
}
