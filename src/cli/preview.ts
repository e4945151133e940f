import { Option } from 'commander';
import { type PreviewParts, preview, type WholePreview } from '../app/preview.ts';
import { faultSentence } from '../app/subject-faults.ts';
import { readWorld } from '../core/reach/world.ts';
import { apiServerOption } from './api-server-option.ts';
import { type ClusterOptions, clusterWords, withCluster } from './cluster.ts';
import { CommandError, EXIT, type ExitCode, worst } from './exit-code.ts';
import { readAllObjects } from './found-objects.ts';
import type { Io } from './io.ts';
import { liveTemplate, ownNamespace } from './live-template.ts';
import { loadTemplate } from './load-template.ts';
import type { DefineCommand } from './program.ts';
import { seenIn } from './seen-file.ts';

interface PreviewOptions extends ClusterOptions {
  readonly live?: boolean;
  readonly manifests: readonly string[];
  readonly namespace: string;
  readonly seen?: string;
  readonly apiServer: readonly string[];
  readonly output: 'table' | 'json' | 'markdown';
}

const HELP = `
Which workloads would be refused, which connections close and open, whose egress ends, and the diff of the policies. The workloads
come from --manifests, with --live from the cluster; with --seen also the ports that listen now and would be lost.

Examples:
  portcullis preview old.yaml new.yaml                                     two files or folders
  portcullis preview old.yaml new.yaml --manifests manifests/              and what it means for these workloads
  portcullis preview old.yaml new.yaml --seen scan.json --manifests manifests/
  portcullis preview old.yaml new.yaml --manifests manifests/ -o markdown  for a pull request
  kubectl portcullis preview --live new.yaml

Exit codes: 0 no workload would be refused that is not, or for more than it is, 1 some would, 2 something cannot be read or is not valid, 3 the cluster failed.`;

/** `portcullis preview`: what a change of the template would refuse, open and close. */
export const definePreview: DefineCommand = (program, io, finish) => {
  clusterWords(program.command('preview'))
    .description('Show what a change of the template would refuse, open and close, before anybody makes it')
    .argument('<templates...>', 'the old and the new template, files or folders; with --live only the new one')
    .option('--live', 'the old template is the one in force in the cluster, whose workloads are read as well')
    .option('--manifests <path...>', 'files or folders with workloads', [])
    .option('-n, --namespace <name>', 'the namespace of objects that name none', 'default')
    .option('--seen <file>', 'the findings of portcullis scan -o json')
    .addOption(apiServerOption())
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json', 'markdown']).default('table'))
    .addHelpText('after', HELP)
    .action(async (templates: string[], options: PreviewOptions) => finish(await run(templates, options, io)));
};

async function run(templates: readonly string[], options: PreviewOptions, io: Io): Promise<ExitCode> {
  const parts = await gather(templates, options, io);
  const made = preview(parts);
  io.out(await printed(made, options.output, io));
  const invalid = parts.world.subjects.flatMap((subject) => faultSentence(subject) ?? []);
  for (const sentence of invalid) io.err(`portcullis: left out: ${sentence}\n`);
  const isRefused = made.workloads.some(({ before, after, added }) => after === 'refused' && (before !== 'refused' || added.length > 0));
  return worst([isRefused ? EXIT.violations : EXIT.clean, invalid.length > 0 ? EXIT.usage : EXIT.clean]);
}

async function gather(templates: readonly string[], options: PreviewOptions, io: Io): Promise<PreviewParts> {
  const [first, second] = templates;
  if (first === undefined || templates.length !== (options.live === true ? 1 : 2)) {
    throw new CommandError(EXIT.usage, 'name the old and the new template, or --live and the new one');
  }
  const own = { ownNamespace: ownNamespace(io) };
  const after = await loadTemplate(second ?? first, own);
  const extra = await readAllObjects(options.manifests, io);
  const seen = await seenIn(options.seen);
  if (second !== undefined) {
    const before = await loadTemplate(first, own);
    return { before, after, seen, world: readWorld(extra, options.namespace), apiServer: options.apiServer };
  }
  const { readObjects } = await import('../adapters/kube/found-objects.ts');
  return withCluster(options, io, async (transport) => {
    const [{ objects, apiServer }, before] = await Promise.all([readObjects(transport), liveTemplate(transport, own.ownNamespace)]);
    return { before, after, seen, world: readWorld([...extra, ...objects], options.namespace), apiServer };
  });
}

async function printed(made: WholePreview, output: PreviewOptions['output'], io: Io): Promise<string> {
  const { previewJson, previewMarkdown, previewText } = await import('./preview-output.ts'); // its package is for this command alone
  if (output === 'json') return `${JSON.stringify(previewJson(made), null, 2)}\n`;
  return output === 'markdown' ? previewMarkdown(made) : previewText(made, io);
}
