import type { Command, Option } from 'commander';

/**
 * As kubectl has it, an option whose value may be left out takes it only behind an equals sign: in `--dry-run shop` the namespace is no
 * value. So the words get the value that the bare option means; those behind `--` are no options.
 */
export function withOptionalValues(argv: readonly string[], program: Command): string[] {
  const presets = new Map(optionsOf(program).flatMap(presetOf));
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.map((word, index) => (index < end ? (presets.get(word) ?? word) : word));
}

function optionsOf(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)];
}

function presetOf({ optional, presetArg, long }: Option): [string, string][] {
  return optional && presetArg !== undefined && long !== undefined ? [[long, `${long}=${String(presetArg)}`]] : [];
}
