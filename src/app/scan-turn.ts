import type { Authority } from '../core/authority.ts';
import type { PodState } from '../core/cluster-state.ts';
import { answersOnly, condense } from '../core/kept-views.ts';
import { portsToProbe } from '../core/probe-list.ts';
import { podPlaceKey, podStateKey } from '../core/scan-selection.ts';
import { type ScanSubject, scanSubject } from '../core/scan-subject.ts';
import { answeredTwice, isBroken, needsSecondSample, openedOnce, vanishedPorts } from '../core/second-sample.ts';
import type { Clock, Log } from '../ports.ts';
import type { Wish } from './agenda.ts';
import { type PodRoster, whyNotScanned } from './pod-roster.ts';
import { judgePod } from './scan.ts';
import type { PodResult, ScanResults } from './scan-results.ts';
import { isSweep, lookAgain, lookInside, lookOutside, type Means, type OutsideLook } from './scan-views.ts';

export interface ScanTurnParts {
  authority(): Authority | undefined;
  readonly roster: PodRoster;
  readonly results: ScanResults;
  readonly means: Means;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Two samples of one state of a pod are at least so many milliseconds apart. */
  readonly settleMs: number;
  /** Asks for another turn after a delay. */
  askAfter(key: string, wish: Wish, delayMs: number): void;
  /** Absent: this is the turn in which a sweep may be made. Else: hands the pod over to where one may. */
  readonly handOver?: (key: string, wish: Wish) => void;
}

/**
 * A pod of which findings may stand; undefined where it can have none, or nobody wants to know. Between two runs of its containers nothing
 * can be seen of it, and what was seen in the last one stands.
 */
export function standingSubject(key: string, { authority, roster }: Pick<ScanTurnParts, 'authority' | 'roster'>): ScanSubject | undefined {
  const pod = roster.get(key);
  const rules = authority();
  if (pod === undefined || rules === undefined) return undefined;
  const counts = ({ namespace }: PodState) => rules.namespace(namespace).mode !== 'off';
  const stands = counts(pod) && whyNotScanned({ ...pod, running: true }, roster, counts) === undefined;
  return stands ? scanSubject(pod, rules) : undefined;
}

/** One look at a pod, as the wish says. What was seen of a pod that changed meanwhile is discarded: the change has asked for another turn. */
export async function scanTurn(key: string, wish: Wish, parts: ScanTurnParts): Promise<void> {
  const { means, roster, results, signal, log } = parts;
  const subject = standingSubject(key, parts);
  if (subject === undefined) return results.remove(roster.get(key)?.uid ?? '');
  // It is looked at as soon as it runs again.
  if (!subject.pod.running) return;
  const before = resultOf(subject.pod, results);
  const last = results.of(subject.pod.uid);
  if (before !== undefined && wish.known === 'skip') return;
  const wait = before === undefined ? 0 : untilNextSample(before, parts);
  if (wait > 0) return parts.askAfter(key, wish, wait);
  const inside = await lookInside(subject, means, { signal });
  const kept = wish.known === 'reuse' ? before : undefined;
  if (kept === undefined && means.scanner !== undefined && isSweep(inside, {}) && parts.handOver !== undefined) {
    return parts.handOver(key, wish);
  }
  const context = { parts: means, options: { signal } };
  const look = kept === undefined ? await lookOutside(subject, inside, context) : await lookAgain(subject, inside, { ...context, kept });
  if (signal.aborted) return;
  const now = standingSubject(key, parts);
  const discarded = whyDiscarded(subject, now);
  if (now === undefined || discarded !== undefined) {
    return log.info('a scan was discarded', { pod: key, reason: discarded ?? '' });
  }
  const outside = now.pod.running ? look.outside : answersOnly(look.outside, 'no container of the pod runs any more');
  for (const { address, view } of outside) {
    if (!view.known) log.warn('the outside view is not known', { pod: key, address, reason: view.reason });
  }
  const at = parts.clock.now();
  const sample = before ?? earlierRun(now.pod, { last, at }, parts);
  settle({ key, wish, before }, judged(now, { ...look, inside, outside }, { before, sample, at }), parts);
}

/** What was found of the pod in the state that it is in; undefined where nobody looked since. */
export function resultOf(pod: PodState, results: ScanResults): PodResult | undefined {
  const result = results.of(pod.uid);
  return result?.state === podStateKey(pod) ? result : undefined;
}

/**
 * What was found in an earlier run of the pod, long enough ago: the policies had time to reach its network, which a restart does not change.
 * So a port is told that a pod opens in each of its short runs.
 */
function earlierRun(
  pod: PodState,
  { last, at }: { readonly last: PodResult | undefined; readonly at: Date },
  { settleMs }: Pick<ScanTurnParts, 'settleMs'>,
): PodResult | undefined {
  if (last === undefined || podPlaceKey(last.pod) !== podPlaceKey(pod)) return undefined;
  return at.getTime() - last.at.getTime() >= settleMs ? last : undefined;
}

function judged(
  subject: ScanSubject,
  { inside, ...look }: Pick<PodResult, 'inside'> & OutsideLook,
  { before, sample, at }: { before: PodResult | undefined; sample: PodResult | undefined; at: Date },
): PodResult {
  const outside = condense(look.outside, portsToProbe(subject, inside, []));
  const twice = answeredTwice(look, sample);
  const vanished = vanishedPorts({ inside, outside }, sample);
  const result = { pod: subject.pod, state: podStateKey(subject.pod), inside, outside, twice, vanished, at };
  const { findings, gaps } = judgePod(subject, { inside, outside }, before?.inside);
  return { ...result, findings, gaps, ...(before === undefined ? {} : { previous: before.inside }) };
}

/** The clock may be set back meanwhile: no wait is longer than the whole. */
function untilNextSample({ at }: PodResult, { clock, settleMs }: ScanTurnParts): number {
  return Math.min(settleMs, settleMs - (clock.now().getTime() - at.getTime()));
}

function whyDiscarded({ pod }: ScanSubject, now: ScanSubject | undefined): string | undefined {
  if (now === undefined) return 'the pod went away during the scan';
  return podStateKey(pod) === podStateKey(now.pod) ? undefined : 'the pod changed during the scan';
}

interface Turn {
  readonly key: string;
  readonly wish: Wish;
  readonly before: PodResult | undefined;
}

function settle({ key, wish, before }: Turn, result: PodResult, { means, roster, results, settleMs, askAfter }: ScanTurnParts): void {
  // The sockets of a node are told of once, whichever pod stood for it before.
  for (const rival of result.pod.hostNetwork ? roster.rivals(result.pod) : []) results.remove(rival.uid);
  results.put(result);
  const mayHelp = means.sockets !== undefined || isBroken(result) || openedOnce(result).length > 0;
  if (mayHelp && needsSecondSample(result, before)) {
    askAfter(key, { rank: wish.rank, known: isBroken(result) ? 'afresh' : 'reuse' }, settleMs);
  }
}
