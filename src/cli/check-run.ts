import { readManifests } from '../adapters/files/manifests.ts';
import { readDocuments } from '../adapters/yaml/read.ts';
import { type CheckedFile, checkFiles } from '../app/check.ts';
import type { CheckReport } from '../app/check-result.ts';
import { MISCONFIGURATIONS } from '../core/misconfigurations.ts';
import { listWords, nearestWord } from '../core/nearest.ts';
import { CommandError, EXIT, type ExitCode, worst } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import { type FormatName, loadFormat } from './output/formats.ts';
import { type CheckSummary, summarize, summaryText } from './output/summary.ts';

export interface CheckOptions {
  readonly template: string;
  readonly namespace: string;
  readonly output: FormatName;
  readonly mode?: 'enforce' | 'audit';
  readonly strict?: boolean;
  readonly ignore?: string;
}

/** Reads, judges and prints; answers the exit code. What a program reads goes to stdout alone, with the counts on stderr. */
export async function runCheck(paths: readonly string[], options: CheckOptions, io: Io): Promise<ExitCode> {
  if (paths.length === 0) throw new CommandError(EXIT.usage, 'name the files or folders to check, or - for stdin');
  const ignored = ignoredCodes(options.ignore);
  const authority = await loadTemplate(options.template, {
    ...(io.env.PORTCULLIS_NAMESPACE ? { ownNamespace: io.env.PORTCULLIS_NAMESPACE } : {}),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
  });
  const files = await readPaths(paths, io);
  const report = withoutIgnored(checkFiles(files, { authority, read: readDocuments, defaultNamespace: options.namespace }), ignored);
  const { strict = false } = options;
  const format = await loadFormat(options.output);
  io.out(format(report, { templateHash: authority.template.hash, strict, io }));
  const summary = summarize(report);
  if (options.output !== 'table') io.err(`${summaryText(summary)}\n`);
  return exitCode(summary, strict, io);
}

/** Every file once, in the order of the paths, however many of them lead to it. */
async function readPaths(paths: readonly string[], io: Io): Promise<CheckedFile[]> {
  const before = paths.indexOf('-');
  if (before === -1) return readManifests(paths);
  const rest = paths.slice(before + 1).filter((path) => path !== '-');
  const stdin = { source: { document: 'stdin', text: await io.stdin() } };
  return [...(await readManifests(paths.slice(0, before))), stdin, ...(await readManifests(rest))];
}

/** A misspelt code would ignore nothing, and nobody would know. */
function ignoredCodes(written = ''): ReadonlySet<string> {
  const codes = written.split(',').flatMap((code) => (code.trim() === '' ? [] : [code.trim()]));
  const known = MISCONFIGURATIONS.map(({ code }) => code);
  for (const code of codes.filter((one) => !known.includes(one))) {
    const near = nearestWord(code, known);
    const hint = near === undefined ? `the codes are ${listWords(known, 'and')}` : `did you mean ${near}?`;
    throw new CommandError(EXIT.usage, `--ignore ${code}: no misconfiguration has this code; ${hint}`);
  }
  return new Set(codes);
}

function withoutIgnored(report: CheckReport, ignored: ReadonlySet<string>): CheckReport {
  return ignored.size === 0 ? report : { ...report, misconfigurations: report.misconfigurations.filter(({ code }) => !ignored.has(code)) };
}

function exitCode(summary: CheckSummary, strict: boolean, io: Io): ExitCode {
  const { objects, permitted, violations, auditViolations, invalid, warnings } = summary;
  if (permitted + violations + auditViolations + invalid === 0) {
    const found = objects === 0 ? 'no object at all' : `${objects} ${objects === 1 ? 'object' : 'objects'} of other kinds`;
    io.err(`portcullis: nothing to judge: ${found}, and no Pod or workload that makes Pods\n`);
    return EXIT.usage;
  }
  const failed = violations > 0 || (strict && auditViolations + warnings > 0);
  return worst([failed ? EXIT.violations : EXIT.clean, invalid > 0 ? EXIT.usage : EXIT.clean]);
}
