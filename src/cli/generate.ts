import { writeDocuments } from '../adapters/yaml/write.ts';
import { type Generated, generatePairs } from '../app/generate.ts';
import { apiServerOption } from './api-server-option.ts';
import { paintedDiff } from './diff-text.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { fileLine, type NamespacePair, planPolicyFiles, writePolicyFiles } from './generate-files.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import type { DefineCommand } from './program.ts';

interface GenerateOptions {
  readonly template: string;
  readonly output?: string;
  readonly diff?: boolean;
  readonly apiServer: readonly string[];
}

const HELP = `
Without names: every namespace that the template lists by its exact name and that is not off. A namespace that only a pattern
like pr-* describes must be named. Policies of namespaces in mode audit are for reading: the controller would not apply them.
The same template makes the same bytes, and kubectl apply takes the files as they are.

Examples:
  portcullis generate --template template.yaml                        all pairs, to stdout
  portcullis generate --template template.yaml shop web               the pairs of two namespaces
  portcullis generate --template template.yaml --output policies/     <namespace>-block.yaml and <namespace>-allow.yaml
  portcullis generate --template template.yaml --output policies/ --diff  what would change in the files, which stay as they are
  portcullis generate --template template.yaml --api-server=10.0.0.1  what apiServer: true means

Exit codes: 0 generated (with --diff: no differences), 1 --diff found differences, 2 wrong usage, a file cannot be read or is
not ours, or there is no namespace to generate for.`;

/** `portcullis generate`: the pair of NetworkPolicies of each namespace, as files or on stdout. */
export const defineGenerate: DefineCommand = (program, io, finish) => {
  program
    .command('generate')
    .description('Write the NetworkPolicies that close each namespace and let through what the template permits')
    .argument('[namespaces...]', 'the namespaces to generate for')
    .requiredOption('--template <path>', 'a file or folder with the template')
    .option('--output <dir>', 'write files to this folder, and remove ours of namespaces that are no longer enforced')
    .option('--diff', 'print what would change in the files of --output as a unified diff, and write nothing')
    .addOption(apiServerOption())
    .addHelpText('after', HELP)
    .action(async (namespaces: string[], options: GenerateOptions) => finish(await generate(namespaces, options, io)));
};

async function generate(namespaces: readonly string[], options: GenerateOptions, io: Io): Promise<ExitCode> {
  if (options.diff === true && options.output === undefined) {
    throw new CommandError(EXIT.usage, '--diff compares with the files of a folder: name it with --output');
  }
  const own = io.env.PORTCULLIS_NAMESPACE;
  const authority = await loadTemplate(options.template, own ? { ownNamespace: own } : {});
  const generated = generatePairs({ authority, namespaces, apiServer: options.apiServer });
  for (const one of generated) for (const note of notesOf(one)) io.err(`portcullis: ${note}\n`);
  const made = generated.flatMap((one) => ('pair' in one ? [one] : []));
  // Named namespaces are a part of the whole: what the others have stays.
  const code = await deliver(made, { ...options, tidy: namespaces.length === 0 }, io);
  if (made.length === 0) {
    throw new CommandError(EXIT.usage, 'no namespace to generate for: name one, or list it in the template by its exact name');
  }
  return code;
}

/** Prints the pairs, writes them to the folder, or prints what would change there. */
async function deliver(
  made: readonly NamespacePair[],
  { output, diff, tidy }: GenerateOptions & { readonly tidy: boolean },
  io: Io,
): Promise<ExitCode> {
  if (output === undefined) {
    io.out(writeDocuments(made.flatMap(({ pair }) => [pair.block, ...pair.allow])));
    return EXIT.clean;
  }
  const files = await planPolicyFiles(output, made, { tidy });
  if (diff !== true) {
    await writePolicyFiles(files);
    for (const file of files) io.out(`${fileLine(file)}\n`);
    return EXIT.clean;
  }
  const { unifiedDiff } = await import('../adapters/diff/unified.ts');
  const changed = files.filter(({ before, after }) => before !== after);
  for (const { path, before, after } of changed) io.out(paintedDiff(unifiedDiff({ name: path, before, after }), io));
  return changed.length > 0 ? EXIT.violations : EXIT.clean;
}

function notesOf(one: Generated): string[] {
  if ('reason' in one) return [`${one.namespace} ${one.reason}: it has no policies`];
  return [
    ...(one.mode === 'audit' ? [`${one.namespace} is in mode audit: its policies are shown, the controller does not apply them`] : []),
    ...one.dropped.map(
      (rule) => `${one.namespace}: rule ${rule} means the API server, whose addresses are not known here; say --api-server=IP`,
    ),
  ];
}
