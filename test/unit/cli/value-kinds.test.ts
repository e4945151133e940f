import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { OPTION_WORDS, optionKind } from '../../../src/cli/completion/value-kinds.ts';
import { recordingIo } from '../../support/recording-io.ts';

const program = new Command();
for (const define of COMMANDS) define(program, recordingIo(), () => undefined);
const optionsOf = (name: string) => program.commands.find((command) => command.name() === name)?.options ?? [];

describe('the words that completion offers for an option', () => {
  const rows = Object.entries(OPTION_WORDS).flatMap(([command, options]) =>
    Object.entries(options).map(([long, words]) => [command, long, words] as const),
  );

  it.each(rows)('of %s %s are those of its help', (command, long, words) => {
    const option = optionsOf(command).find((one) => one.long === long);
    const help = `${option?.flags} ${option?.description}`;
    expect(words.filter((word) => !new RegExp(`\\b${word}\\b`).test(help))).toEqual([]);
    expect(option?.argChoices).toBeUndefined();
  });
});

describe('the kind of the value of an option', () => {
  it('is known for every option that takes a file, a folder, a namespace or a context', () => {
    const kinds = program.commands.flatMap((command) =>
      command.options.filter(({ required }) => required).map((option) => [option.flags, optionKind(command, option).kind] as const),
    );
    const free = kinds.filter(([, kind]) => kind === 'free').map(([flags]) => flags);
    expect(free.filter((flags) => /path|file|dir|namespace|context/.test(flags))).toEqual([]);
    expect(Object.fromEntries(kinds)).toMatchObject({
      '--template <path>': 'file',
      '--certificates <dir>': 'folder',
      '-n, --namespace <name>': 'namespace',
      '--portcullis-namespace <name>': 'namespace',
      '--context <name>': 'context',
      '--ignore <codes>': 'list',
      '--reason <text>': 'free',
    });
  });
});
