import { Option } from 'commander';
import { writeDocuments } from '../adapters/yaml/write.ts';
import { type ExplainAnswer, explain } from '../app/explain.ts';
import { apiServerOption } from './api-server-option.ts';
import { clusterWords } from './cluster.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { explainJson, explainText } from './explain-output.ts';
import { gatherSetting, type SettingOptions } from './explain-setting.ts';
import { explainQuestion } from './explain-words.ts';
import type { Io } from './io.ts';
import type { DefineCommand } from './program.ts';

interface ExplainOptions extends SettingOptions {
  readonly output: 'table' | 'json' | 'yaml';
}

const HELP = `
WHO is NAME, KIND/NAME or NAMESPACE/NAME: a pod, what makes pods, or the value of the label that names them (app: front). TO may be
an IP address. PORT is 80, 80/UDP or the name of a port; without it every declared port is explained.

With --template and --manifests all comes from files and no cluster is asked. Else the cluster is read once: the template in
force unless --template names another, and --manifests adds objects that are not there, as those that were refused.

Examples:
  portcullis explain shop/api --template template.yaml --manifests manifests/
  portcullis explain deployment/api -n shop --template template.yaml --manifests manifests/
  portcullis explain shop/api 9090 --template template.yaml --manifests manifests/
  portcullis explain web/front shop/api:8080 --template template.yaml --manifests manifests/
  portcullis explain shop/api 10.1.2.3:443 --template template.yaml --manifests manifests/
  kubectl portcullis explain deployment/api -n shop

Exit codes, as of kubectl auth can-i: 0 permitted (in mode audit: admitted), 1 refused, 2 the question or a file cannot be read,
3 the cluster failed.`;

/** `portcullis explain`: why a workload or a connection is permitted or refused, and what would permit it. */
export const defineExplain: DefineCommand = (program, io, finish) => {
  clusterWords(program.command('explain'))
    .description('Say why a workload or a connection is permitted or refused, by which rules and policies, and what would permit it')
    .argument('<who>', 'the workload, or the caller of a connection')
    .argument('[to]', 'one of its ports, or the receiver: NAMESPACE/NAME:PORT, IP:PORT')
    .option('-n, --namespace <name>', 'the namespace of names that say none')
    .option('--template <path>', 'a file or folder with the template')
    .option('--manifests <path...>', 'files or folders with pods, workloads, namespaces and NetworkPolicies; - for stdin', [])
    .addOption(apiServerOption())
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json', 'yaml']).default('table'))
    .addHelpText('after', HELP)
    .action(async (who: string, to: string | undefined, options: ExplainOptions) => finish(await run([who, to], options, io)));
};

async function run([who, to]: readonly [string, string | undefined], options: ExplainOptions, io: Io): Promise<ExitCode> {
  explainQuestion(who, to, 'default'); // a mistake in the words is told before anything is read
  const { setting, namespace } = await gatherSetting(options, io);
  const answer = explain(explainQuestion(who, to, namespace), setting);
  if ('problem' in answer) throw new CommandError(EXIT.usage, withHint(answer.problem, options));
  io.out(printed(answer, options.output, io));
  return isRefused(answer) ? EXIT.violations : EXIT.clean;
}

/** A workload that was refused is not in the cluster; its manifest can still be explained. */
function withHint(problem: string, { manifests }: ExplainOptions): string {
  return manifests.length > 0 || !problem.startsWith('no ')
    ? problem
    : `${problem}\n  what was refused is not there: name its manifest with --manifests`;
}

type Answered = Exclude<ExplainAnswer, { problem: string }>;

function printed(answer: Answered, output: ExplainOptions['output'], io: Io): string {
  if (output === 'table') return explainText(answer, io);
  return output === 'json' ? `${JSON.stringify(explainJson(answer), null, 2)}\n` : writeDocuments([explainJson(answer)]);
}

function isRefused(answer: Answered): boolean {
  if (answer.about === 'workload') return answer.explanation.verdict === 'refused';
  return answer.answers.some(({ explanation }) => explanation.verdict === 'refused');
}
