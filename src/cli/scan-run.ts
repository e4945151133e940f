import { setTimeout as pause } from 'node:timers/promises';
import type { PodScan } from '../app/scan.ts';
import { scanTwice } from '../app/scan-twice.ts';
import type { Authority } from '../core/authority.ts';
import type { Enforcement } from '../core/enforcement.ts';
import { EXIT, type ExitCode, worst } from './exit-code.ts';
import type { Io } from './io.ts';
import { makeProgress, type Progress } from './progress.ts';
import type { Gathered } from './scan-gather.ts';
import { counted } from './scan-summary.ts';

/** The scans of everything that was asked for, by which rules, and the namespaces in question. */
export interface ScanRun {
  readonly authority: Authority;
  readonly scans: readonly PodScan[];
  readonly namespaces: readonly string[];
  /** What was proven of the policies, by namespace; empty without a cluster. */
  readonly enforcement: ReadonlyMap<string, Enforcement>;
}

/** Scans what was gathered, a second time where the first does not decide; first a line that says what and how. */
export async function scanGathered(
  { subjects, parts, skipped }: Gathered,
  { how, progress }: { readonly how: string; readonly progress: Progress },
  io: Io,
): Promise<PodScan[]> {
  const namespaces = new Set(subjects.map(({ pod }) => pod.namespace));
  io.err(`Scanning ${counted(subjects.length, 'pod')} in ${counted(namespaces.size, 'namespace')}, ${how}\n`);
  const again = makeProgress(io, 'pods a second time');
  for (const { pod, reason } of skipped) io.err(`not scanned: ${pod.namespace}/${pod.name}: ${reason}\n`);
  try {
    return await scanTwice(subjects, parts, {
      signal: io.stop,
      progress: progress.tell,
      progressAgain: (done, total) => {
        progress.end();
        again.tell(done, total);
      },
      pause: (ms) => pause(ms, undefined, { signal: io.stop }).catch(() => {}), // stopped: what was seen is the answer
    });
  } finally {
    again.end();
    progress.end();
  }
}

/** 1 for a violation in enforce, 3 where a scan failed or saw nothing; the highest. */
export function scanCode({ scans, authority }: Pick<ScanRun, 'scans' | 'authority'>): ExitCode {
  return worst(
    scans.flatMap((scan): ExitCode[] => {
      if (scan.outcome === 'discarded') return [EXIT.failed];
      const isEnforced = authority.namespace(scan.pod.namespace).mode === 'enforce';
      const failed = scan.outside.some(({ view }) => !view.known);
      const violates = isEnforced && scan.findings.some(({ severity }) => severity === 'violation');
      const sawNothing = !scan.inside.known && scan.outside.length === 0;
      return [failed || sawNothing ? EXIT.failed : EXIT.clean, violates ? EXIT.violations : EXIT.clean];
    }),
  );
}
