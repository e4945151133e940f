import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { withOptionalValues } from '../../../src/cli/optional-values.ts';

const program = new Command();
program.command('apply').addOption(new Option('--dry-run [way]').preset('client')).option('--color [when]');

describe('an option whose value may be left out', () => {
  const table: Record<string, [words: readonly string[], expected: readonly string[]]> = {
    'has the value that it means by itself, and takes no word behind it': [
      ['apply', '--dry-run', 'shop'],
      ['apply', '--dry-run=client', 'shop'],
    ],
    'keeps the value behind its equals sign': [
      ['apply', '--dry-run=server', 'shop'],
      ['apply', '--dry-run=server', 'shop'],
    ],
    'is no option behind two dashes': [
      ['apply', '--', '--dry-run'],
      ['apply', '--', '--dry-run'],
    ],
    'that means nothing by itself is left alone': [
      ['apply', '--color', 'never'],
      ['apply', '--color', 'never'],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [words, expected]) => {
    expect(withOptionalValues(words, program)).toEqual(expected);
  });
});
