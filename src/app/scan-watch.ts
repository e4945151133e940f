import type { PodState } from '../core/cluster-state.ts';
import { hasEnded, podStateKey } from '../core/scan-selection.ts';
import type { Labels } from '../core/selector.ts';
import type { Stop } from '../ports.ts';
import { type Agenda, RANK, type Wish } from './agenda.ts';
import { judgeAgain, makeJudging } from './judge-again.ts';
import { makePodRoster, type PodRoster, podKey } from './pod-roster.ts';
import { makeScanAgendas, type ScanAgendaParts } from './scan-agendas.ts';
import { makeScanResults, type ResultListener, type ScanResults } from './scan-results.ts';
import { startRounds } from './scan-rounds.ts';

export interface ScanWatchParts extends Omit<ScanAgendaParts, 'roster' | 'results' | 'signal'> {
  /** Told of every result. */
  readonly listeners: readonly ResultListener[];
  /** Milliseconds in which every pod is looked at once, whatever was heard or missed. */
  readonly periodMs: number;
}

/** Scans pods when something about them changed, and each once a period. */
export interface ScanWatch {
  /** A pod is there, changed or gone. */
  podChanged(pod: PodState, gone: boolean): void;
  /** A pod was there before us: it is looked at without haste, unless that was done. */
  offer(pod: PodState): void;
  /** Policies of the namespace are others: what strangers reach may be, too. */
  policiesChanged(namespace: string): void;
  /** Other rules hold: what was seen is judged anew at once, and only what was never probed is probed. */
  templateChanged(): void;
  /** Somebody must know how the pod (by uid) stands now: it is seen afresh, before all others. */
  rescan(uid: string): void;
  readonly results: Pick<ScanResults, 'of' | 'all'>;
  /** Pods that wait for a look or are looked at, those with a delayed one among them. */
  waiting(): number;
  readonly stop: Stop;
}

const STARTED: Wish = { rank: RANK.started, known: 'skip' };
const OFFERED: Wish = { rank: RANK.routine, known: 'skip' };
const SOCKETS: Wish = { rank: RANK.urgent, known: 'reuse' };
const ASKED: Wish = { rank: RANK.urgent, known: 'afresh' };
const POLICIES: Wish = { rank: RANK.changed, known: 'afresh' };
const ROUND: Wish = { rank: RANK.routine, known: 'afresh' };

interface Watching extends ScanWatchParts {
  readonly roster: PodRoster;
  readonly results: ScanResults;
  readonly looks: Agenda;
}

/** The scan after admission. */
export function watchScans(parts: ScanWatchParts): ScanWatch {
  const stopping = new AbortController();
  const [roster, results] = [makePodRoster(), makeScanResults(parts.listeners)];
  const agendas = makeScanAgendas({ ...parts, roster, results, signal: stopping.signal });
  const watching: Watching = { ...parts, roster, results, looks: agendas.looks };
  const judging = makeJudging(watching);
  const socketsChanged = (uid: string) => askFor(roster.byUid(uid), SOCKETS, watching);
  const { sockets } = parts.means;
  const stopSockets = sockets !== undefined && 'watch' in sockets ? sockets.watch(socketsChanged) : async () => {};
  const stopRounds = startRounds({ ...parts, uids: () => uidsOf(roster), turn: (uid) => roundTurn(uid, watching) });
  return {
    podChanged: (pod, gone) => (gone ? forget(pod, watching) : note(pod, STARTED, watching)),
    offer: (pod) => note(pod, OFFERED, watching),
    policiesChanged: (namespace) => {
      // The agents of the nodes take a moment to bring a policy about.
      for (const pod of roster.of(namespace)) if (isLive(pod)) agendas.looks.askAfter(podKey(pod), POLICIES, parts.settleMs);
    },
    templateChanged: () => {
      for (const pod of roster.all()) judging.add(podKey(pod));
    },
    rescan: (uid) => askFor(roster.byUid(uid), ASKED, watching),
    results,
    waiting: agendas.size,
    stop: async () => {
      stopping.abort();
      stopRounds();
      await stopSockets();
      await judging.stop();
      await agendas.stop();
    },
  };
}

function isLive(pod: PodState): boolean {
  return pod.running && !pod.deleting && !hasEnded(pod);
}

function askFor(pod: PodState | undefined, wish: Wish, { looks }: Pick<Watching, 'looks'>): void {
  if (pod !== undefined && isLive(pod)) looks.ask(podKey(pod), wish);
}

/** A pod as it is now. One that is over has no findings, and whoever was left out because of it has its turn. */
function note(pod: PodState, wish: Wish, watching: Watching): void {
  const { roster, results } = watching;
  const before = roster.put(pod);
  if (before !== undefined && before.uid !== pod.uid) results.remove(before.uid);
  if (pod.deleting || hasEnded(pod)) results.remove(pod.uid);
  else if (results.of(pod.uid)?.state !== podStateKey(pod)) askFor(pod, wish, watching);
  else if (before !== undefined && !sameLabels(before.labels, pod.labels)) judgeAgain(podKey(pod), watching);
  if (before !== undefined && podStateKey(before) + before.phase !== podStateKey(pod) + pod.phase) askRivals(before, watching);
}

function sameLabels(a: Labels, b: Labels): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
}

function forget(pod: PodState, watching: Watching): void {
  const key = podKey(pod);
  watching.results.remove(pod.uid);
  if (watching.roster.get(key)?.uid !== pod.uid) return;
  watching.roster.remove(key);
  askRivals(pod, watching);
}

function askRivals(pod: PodState, watching: Watching): void {
  for (const rival of watching.roster.rivals(pod)) if (rival.uid !== pod.uid) askFor(rival, STARTED, watching);
}

function* uidsOf(roster: PodRoster): Iterable<string> {
  for (const { uid } of roster.all()) yield uid;
}

/** What was seen in the second half of the round is fresh enough. */
function roundTurn(uid: string, watching: Watching): void {
  const { roster, results, clock, periodMs } = watching;
  const last = results.of(uid)?.at.getTime();
  const age = last === undefined ? Number.POSITIVE_INFINITY : clock.now().getTime() - last;
  if (age >= periodMs / 2 || age < 0) askFor(roster.byUid(uid), last === undefined ? OFFERED : ROUND, watching);
}
