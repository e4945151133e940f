import { CommandError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import { makeProgress } from './progress.ts';
import { chooseEngine } from './scan-engine.ts';
import { gatherLocal } from './scan-gather.ts';
import { type ScanRun, scanGathered } from './scan-run.ts';
import { type LocalTarget, localTargets, readScope, readWays, type ScanWords } from './scan-words.ts';

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
