import { policyFolder } from '../adapters/files/policy-folder.ts';
import { readDocuments } from '../adapters/yaml/read.ts';
import { writeDocuments } from '../adapters/yaml/write.ts';
import { type GenerateInput, generatePairs } from '../app/generate.ts';
import type { Authority } from '../core/authority.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { type DryRun, diffTeller, lineTeller } from './applied-output.ts';
import { dryRunOption } from './apply.ts';
import { bringPairs } from './bring-pairs.ts';
import { withCluster } from './cluster.ts';
import { EXIT, type ExitCode, worst } from './exit-code.ts';
import { openPortTable } from './finding-table.ts';
import { fileLine, planPolicyFiles, writePolicyFiles } from './generate-files.ts';
import type { Io } from './io.ts';
import { allPolicies } from './policies.ts';
import { plainPolicyTable } from './policy-table.ts';
import type { DefineCommand } from './program.ts';
import { awaitPolicies } from './run-wait.ts';
import { scanAll } from './scan-all.ts';
import { scanCode } from './scan-run.ts';
import { scanSummary } from './scan-summary.ts';
import { checkScanWords, type ScanWords, scanWords } from './scan-words.ts';

type RunWords = ScanWords & { readonly policies: string; readonly dryRun: DryRun; readonly diff?: boolean };

const HELP = `
Four steps: scan and print the open ports, generate the policy files, apply them, show all policies of all namespaces.
With --scan-target there is no cluster: the files are the policies. With --dry-run or --diff nothing is written, neither to the
folder nor to the cluster: steps 2 and 3 say what would be done, and --diff shows in step 3 what would change.

Examples:
  portcullis run                                                  the whole cluster, by the template that is in force
  portcullis run --template template.yaml -n shop --policies out/
  portcullis run --template template.yaml --dry-run               the same, and nothing is written
  portcullis run --template template.yaml --scan-target iperf/iperf=127.0.0.5,pid=4711 --manifests pods.yaml

Exit codes: 0 no port is open that nobody authorized, 1 one is where the mode is enforce, or a policy of somebody else has a name
of ours, 2 wrong usage or the template cannot be read, 3 the cluster or a tool failed.`;

/** `portcullis run`: the sequence of the research design, end to end. */
export const defineRun: DefineCommand = (program, io, finish) => {
  scanWords(program.command('run'))
    .description('Scan, generate, apply, show: the four steps, once')
    .option('--policies <dir>', 'the folder for the generated policy files', 'policies')
    .option('--diff', 'show what would change in the cluster as a unified diff, and write nothing')
    .addOption(dryRunOption())
    .addHelpText('after', HELP)
    .action(async (words: RunWords) => finish(await run(words, io)));
};

async function run(words: RunWords, io: Io): Promise<ExitCode> {
  checkScanWords(words);
  io.out('1. Open ports\n');
  const found = await scanAll(words, io);
  const { authority, namespaces } = found;
  io.out(openPortTable(found.scans, io));
  io.err(scanSummary(found.scans, found.enforcement));
  const isLocal = words.scanTarget.length > 0;
  const { policies, code } = isLocal
    ? await shutFiles(words, authority, { namespaces, io })
    : await shutCluster(words, authority, { namespaces, io });
  io.out('\n4. All policies in all namespaces\n');
  io.out(plainPolicyTable(policies, new Date(), io));
  return worst([scanCode(found), code]);
}

interface Closing {
  readonly namespaces: readonly string[];
  readonly io: Io;
}

/** What is there afterwards, and whether everything is in place. */
interface Closed {
  readonly policies: readonly NetworkPolicy[];
  readonly code: ExitCode;
}

async function shutFiles(words: RunWords, authority: Authority, { namespaces, io }: Closing): Promise<Closed> {
  await writeFiles(words, { authority, namespaces, apiServer: [] }, io);
  io.out('\n3. Apply\nno cluster: the files are the policies; with one, kubectl would apply each\n');
  const store = policyFolder(words.policies, { read: readDocuments, write: writeDocuments });
  return { policies: (await Promise.all(namespaces.map((name) => store.list(name)))).flat(), code: EXIT.clean };
}

async function shutCluster(words: RunWords, authority: Authority, { namespaces, io }: Closing): Promise<Closed> {
  const [{ readCluster }, { kubePolicyStore }] = await Promise.all([
    import('../adapters/kube/snapshot.ts'),
    import('../adapters/kube/policy-store.ts'),
  ]);
  return withCluster(words, io, async (transport) => {
    const view = await readCluster(transport);
    const facts = { namespaces: view.namespaces().map(({ name }) => name), apiServer: view.apiServer() };
    await writeFiles(words, { authority, namespaces, apiServer: facts.apiServer }, io);
    io.out('\n3. Apply\n');
    const hasPods = (name: string) => view.pods(name).some(({ running }) => running);
    const onServer = words.dryRun === 'server';
    const store = kubePolicyStore(transport, { dryRun: onServer });
    const input = { authority, facts, namespaces, store, hasPods, dryRun: !onServer && writesNothing(words) };
    const { conflicts } = await bringPairs(input, words.diff === true ? await diffTeller(io) : lineTeller(words.dryRun), io);
    const awaited = { authority, facts, namespaces, store, signal: io.stop };
    const late = writesNothing(words) ? [] : await awaitPolicies(awaited);
    if (late.length > 0) io.err(`not in place, though applied: ${late.join(', ')}\n`);
    const code = worst([conflicts > 0 ? EXIT.violations : EXIT.clean, late.length > 0 ? EXIT.failed : EXIT.clean]);
    return { policies: allPolicies(await readCluster(transport)), code };
  });
}

async function writeFiles(words: RunWords, input: GenerateInput, io: Io): Promise<void> {
  io.out('\n2. Policy files\n');
  const generated = generatePairs(input).flatMap((one) => ('pair' in one && one.mode === 'enforce' ? [one] : []));
  const files = await planPolicyFiles(words.policies, generated, { tidy: false });
  if (!writesNothing(words)) await writePolicyFiles(files);
  for (const file of files) io.out(`${fileLine(file)}${writesNothing(words) ? ' (dry run)' : ''}\n`);
}

function writesNothing({ dryRun, diff = false }: Pick<RunWords, 'dryRun' | 'diff'>): boolean {
  return diff || dryRun !== 'none';
}
