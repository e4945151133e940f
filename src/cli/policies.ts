import { writeDocuments } from '../adapters/yaml/write.ts';
import { listPolicies } from '../app/policy-list.ts';
import type { ClusterView } from '../ports.ts';
import { type ClusterOptions, clusterWords, withCluster } from './cluster.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import { plainPolicyTable, policyTable } from './policy-table.ts';
import type { DefineCommand } from './program.ts';

interface PoliciesOptions extends ClusterOptions {
  readonly template?: string;
  readonly output: string;
}

const HELP = `
With --template each policy is compared with what the template wants: in place, drifted, orphan or missing, and what policies of
others open beyond it. Exit code 1 where the template is not in place.

Examples:
  portcullis policies                              all policies of all namespaces
  portcullis policies --template template.yaml     and how they stand to the template`;

/** `portcullis policies`: all NetworkPolicies of all namespaces, with drift. */
export const definePolicies: DefineCommand = (program, io, finish) => {
  clusterWords(program.command('policies'))
    .description('List all NetworkPolicies of all namespaces, and how they stand to the template')
    .option('--template <path>', 'a file or folder with the template to compare with')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .addHelpText('after', HELP)
    .action(async (options: PoliciesOptions) => finish(await policies(options, io)));
};

async function policies(options: PoliciesOptions, io: Io): Promise<ExitCode> {
  if (!['table', 'json', 'yaml'].includes(options.output)) {
    throw new CommandError(EXIT.usage, `-o ${options.output}: write one of table, json, yaml`);
  }
  const authority = options.template === undefined ? undefined : await loadTemplate(options.template);
  const { readCluster } = await import('../adapters/kube/snapshot.ts');
  const view = await withCluster(options, io, readCluster);
  if (authority === undefined) {
    const all = allPolicies(view);
    io.out(options.output === 'table' ? plainPolicyTable(all, new Date()) : written(all, options.output));
    return EXIT.clean;
  }
  const facts = { namespaces: view.namespaces().map(({ name }) => name), apiServer: view.apiServer() };
  const listed = listPolicies({ authority, facts, policies: view.policies });
  io.out(options.output === 'table' ? policyTable(listed, new Date(), io) : written(listed, options.output));
  return listed.some(({ owner, state }) => owner === 'portcullis' && state !== 'in place') ? EXIT.violations : EXIT.clean;
}

/** One JSON list, or one YAML document for each entry. */
function written(entries: readonly object[], output: string): string {
  return output === 'json' ? `${JSON.stringify(entries, null, 2)}\n` : writeDocuments(entries);
}

/** Every policy of the cluster, by namespace and name. */
export function allPolicies(view: ClusterView) {
  const names = view.namespaces().map(({ name }) => name);
  return names.sort().flatMap((name) => [...view.policies(name)].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)));
}
