import type { AddressView, Finding } from './finding.ts';
import type { Views } from './kept-views.ts';
import { formatPort, type Port } from './port.ts';
import { listeningAt, openAt } from './views.ts';

/** What was seen of a pod in one sample, and how it was judged. */
export interface Sample extends Views {
  readonly findings: readonly Finding[];
  /** The ports that answered in this sample and in the one before, to a probe of its own each time. */
  readonly twice: readonly Port[];
  /** The ports that answered in an earlier sample, and whose sockets went since: no policy was seen to shut them. */
  readonly vanished?: readonly Port[];
}

/** Milliseconds between two samples of a pod, and how long a policy may take until it holds. */
export const SETTLE_MS = 2_000;

/** Whether one sample does not suffice: some port is not decided, or a view is newly missing. */
export function needsSecondSample(now: Sample, before: Sample | undefined): boolean {
  return hasUndecidedPort(now, before) || (isBlind(now) && (before === undefined || !isBlind(before)));
}

/**
 * Whether a port that nobody authorized answered once, which may be no more than the moment in which the policies reach a new pod; or a port
 * newly seems silent or a client's: where that was so in the sample before (of the same state) it is decided, and no third one follows.
 */
export function hasUndecidedPort(now: Pick<Sample, 'findings' | 'twice'>, before?: Pick<Sample, 'findings'>): boolean {
  const known = new Set((before?.findings ?? []).filter(isOpenQuestion).map(({ port }) => formatPort(port)));
  return openedOnce(now).length > 0 || now.findings.some((finding) => isOpenQuestion(finding) && !known.has(formatPort(finding.port)));
}

/** The ports that are open though nobody authorized them, and of which one sample only says so: the second one must probe them. */
export function openedOnce({ findings, twice }: Pick<Sample, 'findings' | 'twice'>): Port[] {
  const confirmed = new Set(twice.map(formatPort));
  return findings.flatMap(({ port, severity, reachable }) =>
    severity === 'violation' && reachable === 'yes' && !confirmed.has(formatPort(port)) ? [port] : [],
  );
}

/**
 * The ports that answered in two samples. `fresh`: those that answered a probe of the new sample; a view that was kept is no second one. What
 * was confirmed before and is still open stays so.
 */
export function answeredTwice(
  now: { readonly outside: readonly AddressView[]; readonly fresh: readonly Port[] },
  before: Pick<Sample, 'outside' | 'twice' | 'vanished'> | undefined,
): Port[] {
  if (before === undefined) return [];
  const earlier = new Set([...openAt(before.outside), ...(before.vanished ?? [])].map(formatPort));
  const confirmed = new Set([...before.twice, ...now.fresh.filter((port) => earlier.has(formatPort(port)))].map(formatPort));
  return openAt(now.outside).filter((port) => confirmed.has(formatPort(port)));
}

/** The ports that answered before and have no socket now: of a process that ended, be it in a container that goes on. */
export function vanishedPorts(now: Views, before: Pick<Sample, 'outside' | 'vanished'> | undefined): Port[] {
  const open = new Set(openAt(now.outside).map(formatPort));
  const earlier = before === undefined ? [] : [...openAt(before.outside), ...(before.vanished ?? [])];
  return earlier.filter((port) => !open.has(formatPort(port)) && listeningAt(now.inside, port) === 'no');
}

/** Whether some view of the addresses is missing: the second sample makes them all anew. */
export function isBroken({ outside }: Views): boolean {
  return outside.some(({ view }) => !view.known);
}

function isBlind(views: Views): boolean {
  return !views.inside.known || isBroken(views);
}

/** Whether it listens is not decided. */
function isOpenQuestion({ verdict, listening }: Finding): boolean {
  return verdict === 'possible' || (listening === 'no' && verdict === 'unknown');
}
