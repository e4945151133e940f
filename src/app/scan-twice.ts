import type { PodState } from '../core/cluster-state.ts';
import { podStateKey } from '../core/scan-selection.ts';
import type { ScanSubject } from '../core/scan-subject.ts';
import { hasUndecidedPort, type Sample, SETTLE_MS } from '../core/second-sample.ts';
import type { PodScan, ScanParts } from './scan.ts';
import { type ScanManyOptions, scanMany } from './scan-many.ts';

export interface ScanTwiceOptions extends Omit<ScanManyOptions, 'before'> {
  /** Called before the second sample of these pods, and after each of them. */
  progressAgain?(done: number, total: number): void;
  /** Resolves after so many milliseconds, or at once where the work is stopped. */
  pause(ms: number): Promise<void>;
}

/** Scans many pods, and those a second time, after a moment, of which one sample does not decide some port. Answers in their order. */
export async function scanTwice(subjects: readonly ScanSubject[], parts: ScanParts, options: ScanTwiceOptions): Promise<PodScan[]> {
  const { progressAgain, pause, progress, ...rest } = options;
  const first = await scanMany(subjects, parts, progress === undefined ? rest : { ...rest, progress });
  const samples = new Map(first.flatMap((scan) => undecided(scan).map((sample) => [podStateKey(scan.pod), sample])));
  const before = (pod: PodState) => samples.get(podStateKey(pod));
  const again = first.map(({ pod }, index) => (before(pod) === undefined ? undefined : subjects[index]));
  const asked = again.filter((subject) => subject !== undefined);
  if (asked.length === 0 || options.signal.aborted) return first;
  progressAgain?.(0, asked.length);
  await pause(SETTLE_MS);
  if (options.signal.aborted) return first;
  const second = await scanMany(asked, parts, { ...rest, before, ...(progressAgain === undefined ? {} : { progress: progressAgain }) });
  const bySubject = new Map(asked.map((subject, index) => [subject, second[index]]));
  return first.map((scan, index) => {
    const subject = again[index];
    return (subject === undefined ? undefined : bySubject.get(subject)) ?? scan;
  });
}

function undecided(scan: PodScan): Sample[] {
  if (scan.outcome !== 'scanned') return [];
  const sample = { ...scan, twice: [] };
  return hasUndecidedPort(sample) ? [sample] : [];
}
