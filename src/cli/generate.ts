import { writeDocuments } from '../adapters/yaml/write.ts';
import { type Generated, generatePairs } from '../app/generate.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { writePolicyFiles } from './generate-files.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import type { DefineCommand } from './program.ts';

interface GenerateOptions {
  readonly template: string;
  readonly output?: string;
  readonly apiServer?: readonly string[];
}

const HELP = `
Without names: every namespace that the template lists by its exact name and that is not off. A namespace that only a pattern
like pr-* describes must be named. Policies of namespaces in mode audit are for reading: the controller would not apply them.

Examples:
  portcullis generate --template template.yaml                        all pairs, to stdout
  portcullis generate --template template.yaml shop web               the pairs of two namespaces
  portcullis generate --template template.yaml --output policies/     <namespace>-block.yaml and <namespace>-allow.yaml
  portcullis generate --template template.yaml --api-server=10.0.0.1  what apiServer: true means`;

/** `portcullis generate`: the pair of NetworkPolicies of each namespace, as files or on stdout. */
export const defineGenerate: DefineCommand = (program, io, finish) => {
  program
    .command('generate')
    .description('Write the NetworkPolicies that close each namespace and let through what the template permits')
    .argument('[namespaces...]', 'the namespaces to generate for')
    .requiredOption('--template <path>', 'a file or folder with the template')
    .option('--output <dir>', 'write files to this folder, and remove ours of namespaces that are no longer enforced')
    .option('--api-server <ip...>', 'the addresses of the API server, for rules with apiServer: true')
    .addHelpText('after', HELP)
    .action(async (namespaces: string[], options: GenerateOptions) => finish(await generate(namespaces, options, io)));
};

async function generate(namespaces: readonly string[], options: GenerateOptions, io: Io): Promise<ExitCode> {
  const own = io.env.PORTCULLIS_NAMESPACE;
  const authority = await loadTemplate(options.template, own ? { ownNamespace: own } : {});
  const generated = generatePairs({ authority, namespaces, apiServer: options.apiServer ?? [] });
  for (const one of generated) for (const note of notesOf(one)) io.err(`portcullis: ${note}\n`);
  const made = generated.flatMap((one) => ('pair' in one ? [one] : []));
  if (options.output !== undefined) {
    // Named namespaces are a part of the whole: what the others have stays.
    for (const line of await writePolicyFiles(options.output, made, { tidy: namespaces.length === 0 })) io.out(`${line}\n`);
  } else {
    io.out(writeDocuments(made.flatMap(({ pair }) => [pair.block, ...pair.allow])));
  }
  if (made.length === 0) {
    throw new CommandError(EXIT.usage, 'no namespace to generate for: name one, or list it in the template by its exact name');
  }
  return EXIT.clean;
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
