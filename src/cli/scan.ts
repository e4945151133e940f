import { writeDocuments } from '../adapters/yaml/write.ts';
import type { PodScan } from '../app/scan.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { openPortTable, scanValue, wideTable } from './finding-table.ts';
import type { Io } from './io.ts';
import type { DefineCommand } from './program.ts';
import { scanAll } from './scan-all.ts';
import { scanCode } from './scan-run.ts';
import { scanSummary } from './scan-summary.ts';
import { type ScanWords, scanWords } from './scan-words.ts';

const HELP = `
Two views: what listens in the pod (--inside), and what answers to a stranger (--outside).
Inside, by default the agents of Portcullis are asked; where none runs, cat is executed in a container of the pod. --inside ephemeral
adds a container that can only look: it stays in the pod as long as the pod lives, so it is never done unasked.
Outside, by default the probes come from the controller's pod: a node reaches its own pods whatever the policies say. UDP cannot be told
from outside.

Examples:
  portcullis scan                                    all pods, by the template that is in force
  portcullis scan -n shop -o wide                    one namespace, everything that is known
  portcullis scan shop/api --inside ephemeral        one pod, also where no container of it has cat
  portcullis scan --template template.yaml --outside here
  portcullis scan --template template.yaml --engine connect --scan-target shop/api=127.0.0.5,pid=4711 --manifests api.yaml

Exit codes: 0 no port is open that nobody authorized, 1 one is where the mode is enforce, 2 wrong usage or the template cannot
be read, 3 the cluster or a tool failed.`;

type Words = ScanWords & { readonly output: string };
type Print = (scans: readonly PodScan[], io: Io) => string;

const FORMATS: Readonly<Record<string, Print>> = {
  table: openPortTable,
  wide: wideTable,
  json: (scans) => `${JSON.stringify(scanValue(scans), null, 2)}\n`,
  yaml: (scans) => writeDocuments([scanValue(scans)]),
};

/** `portcullis scan`: the open ports of pods beside what the template authorizes. */
export const defineScan: DefineCommand = (program, io, finish) => {
  scanWords(program.command('scan'))
    .description('Show which ports of the pods are open, and which of them the template authorizes')
    .argument('[pod]', 'only this pod: POD or NAMESPACE/POD')
    .option('-A, --all-namespaces', 'every namespace; so it is where none is named')
    .option('-o, --output <format>', 'table, wide, json or yaml', 'table')
    .addHelpText('after', HELP)
    .action(async (pod: string | undefined, words: Words) => finish(await scan(pod, words, io)));
};

async function scan(pod: string | undefined, words: Words, io: Io): Promise<ExitCode> {
  const print = Object.hasOwn(FORMATS, words.output) ? FORMATS[words.output] : undefined;
  if (print === undefined) throw new CommandError(EXIT.usage, `-o ${words.output}: write one of ${Object.keys(FORMATS).join(', ')}`);
  const run = await scanAll(words, io, pod);
  if (run.scans.length === 0) throw new CommandError(EXIT.usage, 'no pod to scan: none runs outside of the exempt namespaces');
  io.out(print(run.scans, io));
  io.err(scanSummary(run.scans, run.enforcement));
  return scanCode(run);
}
