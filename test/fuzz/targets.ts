import { startNmapTarget } from './nmap-target.ts';
import { startProcTarget } from './proc-target.ts';
import { startReviewTarget } from './review-target.ts';
import type { Target } from './target.ts';
import { startTemplateTarget } from './template-target.ts';

interface TargetEntry {
  readonly start: () => Promise<Target>;
  /** How many inputs it gets where nothing else is said. */
  readonly count: number;
}

/** Everything that is fuzzed. */
export const TARGETS: Readonly<Record<string, TargetEntry>> = {
  reviews: { start: startReviewTarget, count: 1_000_000 },
  template: { start: startTemplateTarget, count: 100_000 },
  nmap: { start: startNmapTarget, count: 200_000 },
  proc: { start: startProcTarget, count: 200_000 },
};
