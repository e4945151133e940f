import type { PodResult } from '../../src/app/scan-results.ts';
import type { PodState } from '../../src/core/cluster-state.ts';
import type { Finding } from '../../src/core/finding.ts';

/** What was found of a pod, as its listeners are told; what is open was so in two samples. */
export function podResult(pod: PodState, findings: readonly Finding[], at = new Date('2026-01-01T00:00:00Z')): PodResult {
  const twice = findings.flatMap(({ port, reachable }) => (reachable === 'yes' ? [port] : []));
  return { pod, state: pod.uid, inside: { known: false, reason: 'no agent runs' }, outside: [], findings, twice, gaps: [], at };
}
