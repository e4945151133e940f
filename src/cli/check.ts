import { Option } from 'commander';
import { readManifests } from '../adapters/files/manifests.ts';
import { readDocuments } from '../adapters/yaml/read.ts';
import { type CheckResult, checkManifest } from '../app/check.ts';
import type { Authority } from '../core/authority.ts';
import { checkJson, checkTable, summarize } from './check-output.ts';
import { CommandError, EXIT, type ExitCode, worst } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import type { DefineCommand } from './program.ts';

interface CheckOptions {
  readonly template: string;
  readonly namespace: string;
  readonly output: 'table' | 'json';
  readonly mode?: 'enforce' | 'audit';
  readonly strict?: boolean;
}

const HELP = `
Each Pod and each workload that makes Pods is judged as the gate would judge it. Kinds that Portcullis does not know are
counted as "not checked", never as clean. Finding nothing to judge is an error.

Examples:
  portcullis check --template template.yaml manifests/
  helm template shop ./chart | portcullis check --template template.yaml -n shop -
  portcullis check --template template.yaml --mode audit --strict -o json deployment.yaml

Exit codes: 0 permitted, 1 violations in mode enforce (with --strict: in audit as well), 2 something cannot be read or is
invalid (the rest is still judged and printed), or there was nothing to judge.`;

/** `portcullis check`: judges manifests with a template, for CI pipelines and before a commit. */
export const defineCheck: DefineCommand = (program, io, finish) => {
  program
    .command('check')
    .description('Judge manifests, Helm output or stdin with a template, without a cluster')
    .argument('[paths...]', 'files, folders (with what is below them), or - for stdin')
    .requiredOption('--template <path>', 'a file or folder with the template')
    .option('-n, --namespace <name>', 'the namespace of objects that name none', 'default')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .addOption(new Option('--mode <mode>', 'judge every namespace in this mode').choices(['enforce', 'audit']))
    .option('--strict', 'violations where the mode is audit count as well')
    .addHelpText('after', HELP)
    .action(async (paths: string[], options: CheckOptions) => finish(await check(paths, options, io)));
};

async function check(paths: readonly string[], options: CheckOptions, io: Io): Promise<ExitCode> {
  if (paths.length === 0) throw new CommandError(EXIT.usage, 'name the files or folders to check, or - for stdin');
  const authority = await loadTemplate(options.template, {
    ...(io.env.PORTCULLIS_NAMESPACE ? { ownNamespace: io.env.PORTCULLIS_NAMESPACE } : {}),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
  });
  const results = await judge(paths, { authority, namespace: options.namespace }, io);
  io.out(options.output === 'json' ? checkJson(results, authority.template.hash) : checkTable(results, io));
  return exitCode(results, options, io);
}

interface Judging {
  readonly authority: Authority;
  readonly namespace: string;
}

/** The results in the order of the paths. A file that cannot be read is a result as well. */
async function judge(paths: readonly string[], { authority, namespace }: Judging, io: Io): Promise<CheckResult[]> {
  const parts = { authority, read: readDocuments, defaultNamespace: namespace };
  const results: CheckResult[] = [];
  for (const path of paths) {
    const files = path === '-' ? [{ source: { document: 'stdin', text: await io.stdin() } }] : await readManifests([path]);
    for (const file of files) {
      if ('source' in file) results.push(...checkManifest(file.source, parts));
      else
        results.push({
          verdict: 'invalid',
          object: file.issue.place.document,
          place: file.issue.place,
          declared: [],
          problems: [file.issue],
        });
    }
  }
  return results;
}

function exitCode(results: readonly CheckResult[], { strict = false }: CheckOptions, io: Io): ExitCode {
  const { objects, permitted, violations, auditViolations, invalid } = summarize(results);
  if (permitted + violations + auditViolations + invalid === 0) {
    const found = objects === 0 ? 'no object at all' : `${objects} ${objects === 1 ? 'object' : 'objects'} of other kinds`;
    io.err(`portcullis: nothing to judge: ${found}, and no Pod or workload that makes Pods\n`);
    return EXIT.usage;
  }
  return worst([violations > 0 || (strict && auditViolations > 0) ? EXIT.violations : EXIT.clean, invalid > 0 ? EXIT.usage : EXIT.clean]);
}
