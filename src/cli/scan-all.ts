import type { PodScan } from '../app/scan.ts';
import { scanMany } from '../app/scan-many.ts';
import type { Authority } from '../core/authority.ts';
import type { Enforcement } from '../core/enforcement.ts';
import { CommandError, EXIT, type ExitCode, worst } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import { makeProgress, type Progress } from './progress.ts';
import { chooseEngine } from './scan-engine.ts';
import { type Gathered, gatherLocal } from './scan-gather.ts';
import { counted } from './scan-summary.ts';
import { type LocalTarget, localTargets, readScope, readWays, type ScanWords } from './scan-words.ts';

/** The scans of everything that was asked for, by which rules, and the namespaces in question. */
export interface ScanRun {
  readonly authority: Authority;
  readonly scans: readonly PodScan[];
  readonly namespaces: readonly string[];
  /** What was proven of the policies, by namespace; empty without a cluster. */
  readonly enforcement: ReadonlyMap<string, Enforcement>;
}

/** Gathers and scans, with progress on a terminal. `pod`: only this one. */
export async function scanAll(words: ScanWords, io: Io, pod?: string): Promise<ScanRun> {
  const ways = readWays(words);
  const scope = readScope(words, pod);
  const targets = localTargets(words.scanTarget);
  if (targets.length > 0) return scanLocal(targets, words, io);
  const { scanCluster } = await import('./scan-cluster.ts');
  return scanCluster({ words, ...ways, scope }, io);
}

async function scanLocal(targets: readonly LocalTarget[], { template, engine, manifests }: ScanWords, io: Io): Promise<ScanRun> {
  if (template === undefined) throw new CommandError(EXIT.usage, '--scan-target asks no cluster: name the template with --template');
  const authority = await loadTemplate(template);
  const { scanner, said } = await chooseEngine(engine, io.env.PATH ?? '');
  const gathered = await gatherLocal(targets, authority, { manifests, scanner: scanner === undefined ? {} : { scanner } });
  const how = gathered.parts.sockets === undefined ? said : `${said}, and from inside`;
  const scans = await scanGathered(gathered, { how, progress: makeProgress(io, 'pods') }, io);
  return { authority, scans, namespaces: gathered.namespaces, enforcement: new Map() };
}

/** Scans what was gathered; first a line that says what and how. */
export async function scanGathered(
  { subjects, parts, skipped }: Gathered,
  { how, progress }: { readonly how: string; readonly progress: Progress },
  io: Io,
): Promise<PodScan[]> {
  const namespaces = new Set(subjects.map(({ pod }) => pod.namespace));
  io.err(`Scanning ${counted(subjects.length, 'pod')} in ${counted(namespaces.size, 'namespace')}, ${how}\n`);
  for (const { pod, reason } of skipped) io.err(`not scanned: ${pod.namespace}/${pod.name}: ${reason}\n`);
  try {
    return await scanMany(subjects, parts, { signal: io.stop, progress: progress.tell });
  } finally {
    progress.end();
  }
}

/** 1 for a violation in enforce, 3 where a scan failed; the highest. */
export function scanCode({ scans, authority }: Pick<ScanRun, 'scans' | 'authority'>): ExitCode {
  return worst(
    scans.flatMap((scan): ExitCode[] => {
      if (scan.outcome === 'discarded') return [EXIT.failed];
      const isEnforced = authority.namespace(scan.pod.namespace).mode === 'enforce';
      const failed = scan.outside.some(({ view }) => !view.known);
      const violates = isEnforced && scan.findings.some(({ severity }) => severity === 'violation');
      return [failed ? EXIT.failed : EXIT.clean, violates ? EXIT.violations : EXIT.clean];
    }),
  );
}
