import type { Finding } from '../core/finding.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Metrics } from '../ports.ts';
import type { ResultListener } from './scan-results.ts';

/** Keeps the metric of all findings that stand. It counts what changed, not everything anew: a cluster has thousands of pods. */
export function countFindings(metrics: Metrics): ResultListener {
  const standing = new Map<string, readonly Verdict[]>();
  const counts = new Map<Verdict, number>();
  const replace = (uid: string, verdicts: readonly Verdict[]) => {
    for (const verdict of standing.get(uid) ?? []) counts.set(verdict, (counts.get(verdict) ?? 0) - 1);
    for (const verdict of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    if (verdicts.length > 0) standing.set(uid, verdicts);
    else standing.delete(uid);
    metrics.record({ event: 'findings', byVerdict: Object.fromEntries([...counts].filter(([, count]) => count > 0)) });
  };
  return {
    judged: ({ pod, findings }) => replace(pod.uid, findings.map(verdictOf)),
    gone: ({ uid }) => replace(uid, []),
  };
}

function verdictOf({ verdict }: Finding): Verdict {
  return verdict;
}
