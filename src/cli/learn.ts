import { readFile, writeFile } from 'node:fs/promises';
import { addToTemplate } from '../adapters/yaml/template-additions.ts';
import { learnMissing, learnTemplate } from '../app/learn.ts';
import { makeAuthority } from '../core/authority.ts';
import { formatIssue } from '../core/document.ts';
import { fileProblem } from '../core/file-problem.ts';
import type { SeenPort } from '../core/learn/seen.ts';
import { readWorld, type World } from '../core/reach/world.ts';
import { mergeTemplates } from '../core/template/merge.ts';
import { type ClusterOptions, clusterWords, withCluster } from './cluster.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { readFoundObjects } from './found-objects.ts';
import type { Io } from './io.ts';
import { ownNamespace } from './live-template.ts';
import { loadTemplate, parseTemplateText } from './load-template.ts';
import type { DefineCommand } from './program.ts';
import { seenIn } from './seen-file.ts';

interface LearnOptions extends ClusterOptions {
  readonly namespace: string;
  readonly seen?: string;
  readonly merge?: string;
  readonly output?: string;
}

const HELP = `
One rule for each workload, from the ports that it declares, the Services that target it and, with --seen, what a scan saw; who may
connect comes from NetworkPolicies that say it. Every line has a comment that says where it comes from, and what is doubtful.
The mode is audit, and egress stays open: nothing is refused and nothing is closed. Without paths the cluster is read.

Examples:
  portcullis learn manifests/                                  a new template, on stdout
  portcullis learn manifests/ --output new.yaml                and into a file that is not there yet
  portcullis learn manifests/ --seen scan.json                 with the findings of portcullis scan -o json
  portcullis learn manifests/ --merge template.yaml            the template with what it lacks; all else byte for byte as it was
  helm template shop ./chart | portcullis learn -n shop -

Exit codes: 0 learned, 2 something cannot be read (the rest is still learned and printed) or nothing was found to learn from,
3 the cluster failed.`;

/** `portcullis learn`: a template from what is there. */
export const defineLearn: DefineCommand = (program, io, finish) => {
  clusterWords(program.command('learn'))
    .description('Learn a template from manifests or from a live cluster, or add to one what it lacks')
    .argument('[paths...]', 'files, folders (with what is below them), or - for stdin; none: the cluster')
    .option('-n, --namespace <name>', 'the namespace of objects that name none', 'default')
    .option('--seen <file>', 'the findings of portcullis scan -o json')
    .option('--merge <file>', 'a template to which only what it lacks is added')
    .option('--output <file>', 'write to this file; only with --merge may it be there already')
    .addHelpText('after', HELP)
    .action(async (paths: string[], options: LearnOptions) => finish(await run(paths, options, io)));
};

async function run(paths: readonly string[], options: LearnOptions, io: Io): Promise<ExitCode> {
  const seen = await seenIn(options.seen);
  const { world, unreadable, sources } = await gather(paths, options, io);
  if (world.subjects.length === 0) throw new CommandError(EXIT.usage, 'nothing to learn from: no Pod and no workload that makes Pods');
  const { text, skipped } =
    options.merge === undefined ? fresh({ world, seen, sources }, io) : await merged(options.merge, { world, seen }, io);
  for (const words of skipped) io.err(`portcullis: not learned: ${words}\n`);
  if (options.output === undefined) io.out(text);
  else await store(options.output, text, options.merge !== undefined);
  return unreadable || skipped.length > 0 ? EXIT.usage : EXIT.clean;
}

interface Gathered {
  readonly world: World;
  readonly unreadable: boolean;
  readonly sources: string;
}

async function gather(paths: readonly string[], options: LearnOptions, io: Io): Promise<Gathered> {
  if (paths.length > 0) {
    const { objects, issues } = await readFoundObjects(paths, io);
    for (const issue of issues) io.err(`portcullis: not learned: ${formatIssue(issue)}\n`);
    return {
      world: readWorld(objects, options.namespace),
      unreadable: issues.length > 0,
      sources: paths.map((path) => (path === '-' ? 'stdin' : path)).join(', '),
    };
  }
  const { readObjects } = await import('../adapters/kube/found-objects.ts');
  return withCluster(options, io, async (transport) => {
    const { objects } = await readObjects(transport);
    return { world: readWorld(objects, options.namespace), unreadable: false, sources: `the cluster at ${transport.server}` };
  });
}

/** A new template, which is read once more before anybody sees it. */
function fresh(parts: Omit<Gathered, 'unreadable'> & { readonly seen: readonly SeenPort[] }, io: Io) {
  const nothing = mergeTemplates([]);
  if (!nothing.ok) throw new Error('no document contradicts another');
  const learned = learnTemplate({ ...parts, authority: makeAuthority(nothing.template, ownNamespace(io)) });
  parseTemplateText({ document: 'the learned template', text: learned.text });
  return learned;
}

/** The file with what it lacks. What was added is read again: a template that would not be good, or would still lack something, is never written. */
async function merged(path: string, { world, seen }: { readonly world: World; readonly seen: readonly SeenPort[] }, io: Io) {
  const own = ownNamespace(io);
  const authority = await loadTemplate(path, { ownNamespace: own });
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandError(EXIT.usage, `--merge ${path}: name one file, not a folder`);
  });
  const { additions, skipped } = learnMissing({ world, seen, authority });
  const added = attempt(path, () => addToTemplate({ document: path, text }, additions));
  const after = makeAuthority(parseTemplateText({ document: path, text: added }), own);
  const left = learnMissing({ world, seen, authority: after }).additions;
  if (left.length > 0) {
    throw new CommandError(
      EXIT.usage,
      `${path} cannot be added to: ${left.map(({ namespace }) => namespace.name).join(', ')} would still lack rules`,
    );
  }
  return { text: added, skipped };
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CommandError(EXIT.usage, `${path} cannot be added to: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A template that somebody wrote is never overwritten unasked. */
async function store(path: string, text: string, mayExist: boolean): Promise<void> {
  await writeFile(path, text, { flag: mayExist ? 'w' : 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'EEXIST'
        ? 'is there already; add to it with --merge, or name another file'
        : `cannot be written: ${fileProblem(error)}`;
    throw new CommandError(EXIT.usage, `${path} ${why}`);
  });
}
