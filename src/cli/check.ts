import { Option } from 'commander';
import type { CheckOptions } from './check-run.ts';
import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { FORMAT_NAMES } from './output/formats.ts';
import type { DefineCommand } from './program.ts';

const HELP = `
Each Pod and each workload that makes Pods is judged as the gate would judge it. Services, NetworkPolicies and Namespaces are
looked at together with them: what the files show to be wrong is a warning, what they only leave open is a note. Kinds that
Portcullis does not know are counted as "not checked", never as clean. Finding nothing to judge is an error.

Examples:
  portcullis check --template template.yaml manifests/
  portcullis check --template template.yaml 'charts/*/rendered/**/*.yaml'
  helm template shop ./chart | portcullis check --template template.yaml -n shop -
  kubectl kustomize overlays/production | portcullis check --template template.yaml -
  portcullis check --template template.yaml --mode audit --strict -o json deployment.yaml
  portcullis check --template template.yaml -o sarif manifests/ > portcullis.sarif
  portcullis check --template template.yaml -o github --ignore host-port,probe-undeclared manifests/

Exit codes: 0 permitted, 1 violations in mode enforce (with --strict: violations in audit and warnings as well), 2 something
cannot be read or is invalid (the rest is still judged and printed), or there was nothing to judge.`;

/** `portcullis check`: judges manifests with a template, for CI pipelines and before a commit. */
export const defineCheck: DefineCommand = (program, io, finish) => {
  program
    .command('check')
    .description('Judge manifests, Helm output or stdin with a template, without a cluster')
    .argument('[paths...]', 'files, folders (with what is below them), patterns like a/**/*.yaml, or - for stdin')
    .requiredOption('--template <path>', 'a file or folder with the template')
    .option('-n, --namespace <name>', 'the namespace of objects that name none', 'default')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(FORMAT_NAMES).default('table'))
    .addOption(new Option('--mode <mode>', 'judge every namespace in this mode').choices(['enforce', 'audit']))
    .option('--strict', 'violations where the mode is audit count as well, and so do warnings')
    .option('--ignore <codes>', 'misconfigurations that are known and accepted, with commas between them')
    .addHelpText('after', HELP)
    .action(async (paths: string[], options: CheckOptions) => finish(await runLazily(paths, options, io)));
};

/** Other commands need none of it. */
async function runLazily(paths: readonly string[], options: CheckOptions, io: Io): Promise<ExitCode> {
  const { runCheck } = await import('./check-run.ts');
  return runCheck(paths, options, io);
}
