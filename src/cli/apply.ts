import { Option } from 'commander';
import type { Authority } from '../core/authority.ts';
import {
  APPLIED_FORMATS,
  type AppliedFormat,
  DRY_RUNS,
  type DryRun,
  diffTeller,
  formatTeller,
  lineTeller,
  type Teller,
} from './applied-output.ts';
import { bringPairs } from './bring-pairs.ts';
import { type ClusterOptions, clusterWords, withCluster } from './cluster.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import type { DefineCommand } from './program.ts';

interface ApplyOptions extends ClusterOptions {
  readonly template: string;
  readonly dryRun: DryRun;
  readonly diff?: boolean;
  readonly output?: AppliedFormat;
}

const HELP = `
Every namespace of the cluster is brought to the template: enforced ones get their pair, others lose ours. In a namespace with
running pods what lets through comes first, so that nothing is cut. Policies of others are never touched, and what is as it
should be is not written.

--diff prints what differs between the cluster and the template and writes nothing. With --dry-run=server the API server says
what it would store, and its admission hooks are asked; else nobody is asked.
-o json and -o yaml tell what was done with each policy, with the policy; -o name which policies are there then.

Examples:
  portcullis apply --template template.yaml                            all namespaces
  portcullis apply --template template.yaml shop web                   two of them
  portcullis apply --template template.yaml --diff                     what would change, line by line
  portcullis apply --template template.yaml --dry-run                  what would be done
  portcullis apply --template template.yaml --dry-run=server -o json   and what the API server would store
  portcullis apply --template template.yaml -o name                    the names of all policies, for xargs -L1 kubectl get

Exit codes: 0 done (with --diff: no differences), 1 a policy of somebody else has a name of ours, or --diff found differences,
2 wrong usage or the template cannot be read, 3 the cluster failed.`;

/** `portcullis apply`: the pairs into the cluster, once (the controller of \`serve\` does it always). */
export const defineApply: DefineCommand = (program, io, finish) => {
  clusterWords(program.command('apply'))
    .description('Bring the NetworkPolicies of the cluster to the template, once')
    .argument('[namespaces...]', 'only these namespaces')
    .requiredOption('--template <path>', 'a file or folder with the template')
    .option('--diff', 'print what would change as a unified diff, and do nothing')
    .addOption(dryRunOption())
    .addOption(new Option('-o, --output <format>', 'for machines').choices(APPLIED_FORMATS))
    .addHelpText('after', HELP)
    .action(async (namespaces: string[], options: ApplyOptions) => finish(await apply(namespaces, options, io)));
};

/** `--dry-run`, alone or with a way behind an equals sign. */
export function dryRunOption(): Option {
  return new Option('--dry-run [way]', 'say what would be done, and do nothing').choices(DRY_RUNS).preset('client').default('none');
}

async function apply(wanted: readonly string[], options: ApplyOptions, io: Io): Promise<ExitCode> {
  if (options.diff === true && options.output !== undefined) {
    throw new CommandError(EXIT.usage, `--diff prints a diff: leave out -o ${options.output}, or --diff`);
  }
  const authority = await loadTemplate(options.template);
  const [{ readCluster }, { kubePolicyStore }] = await Promise.all([
    import('../adapters/kube/snapshot.ts'),
    import('../adapters/kube/policy-store.ts'),
  ]);
  return withCluster(options, io, async (transport) => {
    const view = await readCluster(transport);
    const all = view
      .namespaces()
      .filter(({ terminating }) => !terminating)
      .map(({ name }) => name)
      .sort();
    const unknown = wanted.filter((name) => !all.includes(name));
    if (unknown.length > 0) throw new CommandError(EXIT.usage, `no such namespace in the cluster: ${unknown.join(', ')}`);
    const onServer = options.dryRun === 'server';
    const input = {
      authority,
      facts: { namespaces: all, apiServer: view.apiServer() },
      namespaces: wanted.length > 0 ? [...new Set(wanted)] : all,
      store: kubePolicyStore(transport, { dryRun: onServer }),
      hasPods: (namespace: string) => view.pods(namespace).some(({ running }) => running),
      dryRun: options.dryRun === 'client' || (options.diff === true && !onServer),
    };
    const { changes, conflicts } = await bringPairs(input, await tellerOf(options, io), io);
    if (options.diff === true && conflicts > 0)
      io.err(`portcullis: ${conflicts} left alone: the names belong to policies of somebody else\n`);
    const isEnforced = (name: string) => authority.namespace(name).mode === 'enforce';
    if (changes === 0 && options.diff !== true && !input.namespaces.some(isEnforced)) io.err(nothingToDo(authority, all));
    return conflicts > 0 || (options.diff === true && changes > 0) ? EXIT.violations : EXIT.clean;
  });
}

/** Nothing printed might look like something done. Most often the namespaces of the template are not there yet. */
function nothingToDo({ template }: Authority, there: readonly string[]): string {
  const absent = template.namespaces.map(({ name }) => name).filter((name) => !name.endsWith('*') && !there.includes(name));
  const more = absent.length > SHOWN_ABSENT ? ` and ${absent.length - SHOWN_ABSENT} more` : '';
  const which = absent.length === 0 ? '' : `; not in the cluster: ${absent.slice(0, SHOWN_ABSENT).join(', ')}${more}`;
  return `portcullis: nothing to do: the template enforces none of these namespaces${which}\n`;
}

const SHOWN_ABSENT = 5;

async function tellerOf({ diff, output, dryRun }: ApplyOptions, io: Io): Promise<Teller> {
  if (diff === true) return diffTeller(io);
  return output === undefined ? lineTeller(dryRun) : formatTeller(output);
}
