import { policyFolder } from '../adapters/files/policy-folder.ts';
import { readDocuments } from '../adapters/yaml/read.ts';
import { writeDocuments } from '../adapters/yaml/write.ts';
import { applyPairs } from '../app/apply.ts';
import { type GenerateInput, generatePairs } from '../app/generate.ts';
import type { Authority } from '../core/authority.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { appliedLine } from './apply.ts';
import { withCluster } from './cluster.ts';
import { EXIT, type ExitCode, worst } from './exit-code.ts';
import { openPortTable, scanSummary } from './finding-table.ts';
import { writePolicyFiles } from './generate-files.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import { allPolicies } from './policies.ts';
import { plainPolicyTable } from './policy-table.ts';
import type { DefineCommand } from './program.ts';
import { scanAll, scanCode } from './scan-all.ts';
import { type ScanWords, scanWords } from './scan-words.ts';

type RunWords = ScanWords & { readonly policies: string };

const HELP = `
Four steps: scan and print the open ports, generate the policy files, apply them, show all policies of all namespaces.
With --scan-target there is no cluster: the files are the policies.

Examples:
  portcullis run --template template.yaml --policies policies/
  portcullis run --template template.yaml --policies policies/ --scan-target iperf/iperf=127.0.0.5,pid=4711 --manifests pods.yaml`;

/** `portcullis run`: the sequence of the research design, end to end. */
export const defineRun: DefineCommand = (program, io, finish) => {
  scanWords(program.command('run'))
    .description('Scan, generate, apply, show: the four steps, once')
    .requiredOption('--policies <dir>', 'the folder for the generated policy files')
    .addHelpText('after', HELP)
    .action(async (words: RunWords) => finish(await run(words, io)));
};

async function run(words: RunWords, io: Io): Promise<ExitCode> {
  const authority = await loadTemplate(words.template);
  io.out('1. Open ports\n');
  const { scans, namespaces } = await scanAll(words, authority, io);
  io.out(openPortTable(scans, io));
  io.err(scanSummary(scans));
  const isLocal = words.scanTarget.length > 0;
  const { policies, conflicts } = isLocal
    ? await shutFiles(words, authority, { namespaces, io })
    : await shutCluster(words, authority, { namespaces, io });
  io.out('\n4. All policies in all namespaces\n');
  io.out(plainPolicyTable(policies, new Date()));
  return worst([scanCode(scans, authority), conflicts > 0 ? EXIT.violations : EXIT.clean]);
}

interface Closing {
  readonly namespaces: readonly string[];
  readonly io: Io;
}

/** What is there afterwards, and how many policies could not be put in place. */
interface Closed {
  readonly policies: readonly NetworkPolicy[];
  readonly conflicts: number;
}

async function shutFiles(words: RunWords, authority: Authority, { namespaces, io }: Closing): Promise<Closed> {
  await writeFiles(words, { authority, namespaces, apiServer: [] }, io);
  io.out('\n3. Apply\nno cluster: the files are the policies; with one, kubectl would apply each\n');
  const store = policyFolder(words.policies, { read: readDocuments, write: writeDocuments });
  return { policies: (await Promise.all(namespaces.map((name) => store.list(name)))).flat(), conflicts: 0 };
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
    const applied = applyPairs({ authority, facts, namespaces, store: kubePolicyStore(transport), hasPods, dryRun: false });
    let conflicts = 0;
    for await (const done of applied) {
      io.out(appliedLine(done, false));
      if (done.done === 'conflict') conflicts += 1;
    }
    return { policies: allPolicies(await readCluster(transport)), conflicts };
  });
}

async function writeFiles({ policies }: RunWords, input: GenerateInput, io: Io): Promise<void> {
  io.out('\n2. Policy files\n');
  const generated = generatePairs(input).flatMap((one) => ('pair' in one && one.mode === 'enforce' ? [one] : []));
  for (const line of await writePolicyFiles(policies, generated, { tidy: false })) io.out(`${line}\n`);
}
