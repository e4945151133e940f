import type { Figure } from '../reliability/record.ts';
import type { ChaosOutcome, Recovery } from './chaos.ts';
import { KINDS } from './kills.ts';

/** What a run measured, for people. */
export function figuresOf(outcome: ChaosOutcome): Figure[] {
  const { recoveries, counts, edits, judged, free, belatedMs } = outcome;
  const alone = KINDS.map((kind) => ({ kind, own: recoveries.filter(({ kill }) => kill.kinds.length === 1 && kill.kinds[0] === kind) }));
  const rows = [...alone.map(({ kind, own }) => [kind as string, own] as const), ['two at once', pairsOf(recoveries)] as const];
  return [
    { what: 'kills (kill -9)', value: `${recoveries.length} in ${outcome.seconds.toFixed(0)} s` },
    { what: 'pods let in, and pods and labels refused', value: `${counts.admitted} and ${counts.refused}` },
    { what: 'edits of the template', value: `${edits}` },
    { what: 'calls that clients had to make again', value: `${counts.unanswered}` },
    ...rows.filter(([, own]) => own.length > 0).flatMap(([name, own]) => recoveryRows(name, own)),
    { what: 'policies that were not as the template wants after a recovery, or objects lost or twice', value: '0' },
    { what: `pods that no template in force permits, of ${judged} judged from the history of etcd`, value: '0' },
    { what: `pods free to run before their policies, of ${free} states of pods`, value: '0' },
    { what: 'longest that a decision followed a template that was replaced, outages left out', value: seconds(belatedMs) },
  ];
}

function pairsOf(recoveries: readonly Recovery[]): readonly Recovery[] {
  return recoveries.filter(({ kill }) => kill.kinds.length > 1);
}

function recoveryRows(name: string, own: readonly Recovery[]): Figure[] {
  const longest = (pick: (recovery: Recovery) => number) => seconds(Math.max(...own.map(pick)));
  const middle = own.map(({ settledMs }) => settledMs).sort((a, b) => a - b)[Math.floor(own.length / 2)] ?? 0;
  return [
    { what: `${name} killed (${own.length}): away at most`, value: longest(({ outageMs }) => outageMs) },
    {
      what: `${name} killed (${own.length}): policies right after the recovery`,
      value: `median ${seconds(middle)}, longest ${longest(({ settledMs }) => settledMs)}`,
    },
  ];
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
