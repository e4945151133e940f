import { type AppliedPolicy, applyPairs } from '../app/apply.ts';
import { type ClusterOptions, clusterWords, withCluster } from './cluster.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import type { DefineCommand } from './program.ts';

interface ApplyOptions extends ClusterOptions {
  readonly template: string;
  readonly dryRun?: boolean;
}

const HELP = `
Every namespace of the cluster is brought to the template: enforced ones get their pair, others lose ours. In a namespace with
running pods what lets through comes first, so that nothing is cut. Policies of others are never touched.

Examples:
  portcullis apply --template template.yaml                 all namespaces
  portcullis apply --template template.yaml shop web        two of them
  portcullis apply --template template.yaml --dry-run       what would be done`;

/** `portcullis apply`: the pairs into the cluster, once (the controller of \`serve\` does it always). */
export const defineApply: DefineCommand = (program, io, finish) => {
  clusterWords(program.command('apply'))
    .description('Bring the NetworkPolicies of the cluster to the template, once')
    .argument('[namespaces...]', 'only these namespaces')
    .requiredOption('--template <path>', 'a file or folder with the template')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addHelpText('after', HELP)
    .action(async (namespaces: string[], options: ApplyOptions) => finish(await apply(namespaces, options, io)));
};

async function apply(wanted: readonly string[], options: ApplyOptions, io: Io): Promise<ExitCode> {
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
    const input = {
      authority,
      facts: { namespaces: all, apiServer: view.apiServer() },
      namespaces: wanted.length > 0 ? wanted : all,
      store: kubePolicyStore(transport),
      hasPods: (namespace: string) => view.pods(namespace).some(({ running }) => running),
      dryRun: options.dryRun === true,
    };
    let conflicts = 0;
    for await (const done of applyPairs(input)) {
      io.out(appliedLine(done, input.dryRun));
      if (done.done === 'conflict') conflicts += 1;
    }
    return conflicts > 0 ? EXIT.violations : EXIT.clean;
  });
}

/** One line as kubectl prints it, with the namespace. */
export function appliedLine({ namespace, name, done }: AppliedPolicy, dryRun: boolean): string {
  const what = done === 'conflict' ? 'left alone: the name belongs to a policy of somebody else' : `${done}${dryRun ? ' (dry run)' : ''}`;
  return `networkpolicy.networking.k8s.io/${name} -n ${namespace} ${what}\n`;
}
