import { portsToProbeAgain } from '../core/kept-views.ts';
import { portsToProbe } from '../core/probe-list.ts';
import type { ScanSubject } from '../core/scan-subject.ts';
import { openedOnce } from '../core/second-sample.ts';
import { type Agenda, RANK, type Wish } from './agenda.ts';
import { judgePod } from './scan.ts';
import type { PodResult } from './scan-results.ts';
import { resultOf, type ScanTurnParts, standingSubject } from './scan-turn.ts';
import { makeWorkQueue, type WorkQueue } from './work-queue.ts';

export interface JudgingParts extends Pick<ScanTurnParts, 'authority' | 'roster' | 'results' | 'log'> {
  readonly looks: Agenda;
}

const LOOK: Wish = { rank: RANK.changed, known: 'reuse' };

/** Judges one pod after the other, and lets others work between two: a cluster has thousands. */
export function makeJudging(parts: JudgingParts): WorkQueue {
  return makeWorkQueue({
    parallelism: 1,
    failed: (pod, error) => parts.log.warn('a pod could not be judged', { pod, error: error instanceof Error ? error : String(error) }),
    work: async (key) => {
      judgeAgain(key, parts);
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
}

/** Judges what was seen of a pod by the rules, and the labels, as they are now. A look is asked for only where nobody looked, at what was never probed, and at what was open in one sample only. */
export function judgeAgain(key: string, { authority, roster, results, looks }: JudgingParts): void {
  const pod = roster.get(key);
  if (pod === undefined) return;
  const subject = standingSubject(key, { authority, roster });
  const result = resultOf(pod, results);
  if (subject === undefined) results.remove(pod.uid);
  else if (result === undefined) looks.ask(key, LOOK);
  else {
    const { findings, gaps } = judgePod(subject, result, result.previous);
    const judged = { ...result, pod: subject.pod, findings, gaps };
    results.put(judged);
    if (wantsProbes(subject, judged)) looks.ask(key, LOOK);
  }
}

function wantsProbes(subject: ScanSubject, result: PodResult): boolean {
  const { inside, outside } = result;
  const list = portsToProbe(subject, inside, []);
  if (openedOnce(result).length > 0) return true;
  return outside.some(({ address, view }) => view.known && portsToProbeAgain(list, result, { address, inside }).length > 0);
}
