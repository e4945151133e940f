import { startReviewTarget } from './review-target.ts';
import type { Target } from './target.ts';

interface TargetEntry {
  readonly start: () => Promise<Target>;
  /** How many inputs it gets where nothing else is said. */
  readonly count: number;
}

/** Everything that is fuzzed. */
export const TARGETS: Readonly<Record<string, TargetEntry>> = {
  reviews: { start: startReviewTarget, count: 1_000_000 },
};
