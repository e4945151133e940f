import { Option } from 'commander';
import { writeDocuments } from '../adapters/yaml/write.ts';
import { listPolicies } from '../app/policy-list.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { apiServerOption } from './api-server-option.ts';
import { type ClusterOptions, clusterWords } from './cluster.ts';
import { DRAWN_FORMATS, type DrawnFormat, draw, isDrawn } from './draw.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import { type PictureOptions, policyPicture } from './policy-picture.ts';
import { findPolicies, findWorld, type PolicyView } from './policy-source.ts';
import { comparedTable, plainPolicyTable, widePolicyTable } from './policy-table.ts';
import type { DefineCommand } from './program.ts';

interface PoliciesOptions extends ClusterOptions, PictureOptions {
  readonly template?: string;
  readonly manifests: readonly string[];
  readonly apiServer: readonly string[];
  readonly output: 'table' | 'wide' | 'json' | 'yaml' | DrawnFormat;
}

const HELP = `
With --template each policy is compared with what the template wants: in place, drifted, orphan or missing, and what policies of
others open beyond it.

-o dot, mermaid and svg draw the connections that the policies permit, whoever made them: between workloads where one end names the
other, and with addresses and anybody. What only a policy of somebody else opens is dashed and red. Workloads with the same
connections share a node; a large cluster is drawn by namespace.

Examples:
  portcullis policies                                     all policies of all namespaces
  portcullis policies -o wide                             with their owners, and what each opens
  portcullis policies --template template.yaml            and how they stand to the template
  portcullis policies -n shop -o svg > shop.svg           who may connect with the workloads of shop
  portcullis policies --manifests manifests/ -o mermaid   the same from files, without a cluster

Exit codes: 0 listed, 1 a policy of the template is missing, drifted or left over, 2 wrong usage or a file cannot be read,
3 the cluster failed.`;

/** `portcullis policies`: all NetworkPolicies of all namespaces, with drift, or what they permit as a picture. */
export const definePolicies: DefineCommand = (program, io, finish) => {
  clusterWords(program.command('policies'))
    .description('List all NetworkPolicies of all namespaces and how they stand to the template, or draw what they permit')
    .option('--template <path>', 'a file or folder with the template to compare with')
    .option('-n, --namespace <name...>', 'only these namespaces')
    .option(
      '--manifests <path...>',
      'instead of a cluster: files or folders with NetworkPolicies, namespaces and workloads; - for stdin',
      [],
    )
    .addOption(apiServerOption())
    .addOption(new Option('--by <what>', 'one node in a graph is').choices(['workload', 'namespace']))
    .addOption(
      new Option('-o, --output <format>', 'how to print').choices(['table', 'wide', 'json', 'yaml', ...DRAWN_FORMATS]).default('table'),
    )
    .addHelpText('after', HELP)
    .action(async (options: PoliciesOptions) => finish(await policies(options, io)));
};

async function policies(options: PoliciesOptions, io: Io): Promise<ExitCode> {
  const { output, template } = options;
  if (isDrawn(output)) {
    if (template !== undefined) throw new CommandError(EXIT.usage, `-o ${output} draws the policies that are there; leave out --template`);
    io.out(await draw(policyPicture(await findWorld(options, io), options, io), output));
    return EXIT.clean;
  }
  const authority = template === undefined ? undefined : await loadTemplate(template);
  const view = await findPolicies(options, io);
  const only = options.namespace ?? view.namespaces().map(({ name }) => name);
  if (authority === undefined) {
    const all = policiesOf(only, view);
    if (all.length === 0) io.err('portcullis: no NetworkPolicy is there\n');
    io.out(output === 'json' || output === 'yaml' ? written(all, output) : listed(all, output, io));
    return EXIT.clean;
  }
  const facts = { namespaces: view.namespaces().map(({ name }) => name), apiServer: view.apiServer() };
  const compared = listPolicies({ authority, facts, only, policies: view.policies });
  io.out(
    output === 'json' || output === 'yaml'
      ? written(compared, output)
      : comparedTable(compared, { now: new Date(), wide: output === 'wide' }, io),
  );
  return compared.some(({ owner, state }) => owner === 'portcullis' && state !== 'in place') ? EXIT.violations : EXIT.clean;
}

function listed(policies: readonly NetworkPolicy[], output: 'table' | 'wide', io: Io): string {
  return output === 'wide' ? widePolicyTable(policies, new Date(), io) : plainPolicyTable(policies, new Date(), io);
}

/** One JSON list, or one YAML document for each entry. */
function written(entries: readonly object[], output: 'json' | 'yaml'): string {
  return output === 'json' ? `${JSON.stringify(entries, null, 2)}\n` : writeDocuments(entries);
}

/** Every policy of the cluster, by namespace and name. */
export function allPolicies(view: PolicyView): NetworkPolicy[] {
  return policiesOf(
    view.namespaces().map(({ name }) => name),
    view,
  );
}

function policiesOf(namespaces: readonly string[], view: PolicyView): NetworkPolicy[] {
  return [...namespaces].sort().flatMap((name) => [...view.policies(name)].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)));
}
