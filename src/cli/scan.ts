import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { openPortTable, scanJson, scanSummary, wideTable } from './finding-table.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import type { DefineCommand } from './program.ts';
import { scanAll, scanCode } from './scan-all.ts';
import { type ScanWords, scanWords } from './scan-words.ts';

const HELP = `
The outside view comes from where this command runs. A node reaches its own pods whatever the policies say: run it in a pod to see
what a stranger sees. UDP cannot be told from outside; with a pid it is seen from inside.

Examples:
  portcullis scan --template template.yaml                            all pods of the cluster
  portcullis scan --template template.yaml -n shop -o wide            one namespace, everything that is known
  portcullis scan --template template.yaml --engine connect \\
    --scan-target shop/api=127.0.0.5,pid=4711 --manifests api.yaml    a process of this machine, with no cluster`;

/** `portcullis scan`: the open ports of pods beside what the template authorizes. */
export const defineScan: DefineCommand = (program, io, finish) => {
  scanWords(program.command('scan'))
    .description('Show which ports of the pods are open, and which of them the template authorizes')
    .option('-o, --output <format>', 'table, wide or json', 'table')
    .addHelpText('after', HELP)
    .action(async (words: ScanWords & { output: string }) => finish(await scan(words, io)));
};

async function scan(words: ScanWords & { readonly output: string }, io: Io): Promise<ExitCode> {
  const print = { table: openPortTable, wide: wideTable, json: scanJson }[words.output];
  if (print === undefined) throw new CommandError(EXIT.usage, `-o ${words.output}: write one of table, wide, json`);
  const authority = await loadTemplate(words.template);
  const { scans } = await scanAll(words, authority, io);
  if (scans.length === 0) throw new CommandError(EXIT.usage, 'no pod to scan: none runs outside of the exempt namespaces');
  io.out(print(scans, io));
  io.err(scanSummary(scans));
  return scanCode(scans, authority);
}
