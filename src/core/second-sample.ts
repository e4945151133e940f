import type { Finding } from './finding.ts';
import type { Views } from './kept-views.ts';
import { formatPort } from './port.ts';

/** What was seen of a pod in one sample, and how it was judged. */
export interface Sample extends Views {
  readonly findings: readonly Finding[];
}

/**
 * Whether one sample does not suffice: a port newly seems silent, a client's, or to answer without a socket, or a view is newly missing.
 * What was like that in the sample before (of the same state) is decided: no third one follows.
 */
export function needsSecondSample(now: Sample, before: Sample | undefined): boolean {
  const known = new Set((before?.findings ?? []).filter(isOpenQuestion).map(({ port }) => formatPort(port)));
  const asked = now.findings.some((finding) => isOpenQuestion(finding) && !known.has(formatPort(finding.port)));
  return asked || (isBlind(now) && (before === undefined || !isBlind(before)));
}

/** Whether some view of the addresses is missing: the second sample makes them all anew. */
export function isBroken({ outside }: Views): boolean {
  return outside.some(({ view }) => !view.known);
}

function isBlind(views: Views): boolean {
  return !views.inside.known || isBroken(views);
}

function isOpenQuestion({ verdict, listening }: Finding): boolean {
  return verdict === 'possible' || (listening === 'no' && (verdict === 'unknown' || verdict === 'exposed'));
}
