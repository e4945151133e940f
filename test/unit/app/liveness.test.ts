import { describe, expect, it } from 'vitest';
import { makeLiveness } from '../../../src/app/liveness.ts';
import { rememberingLog } from '../../support/silence.ts';

/** Minute by minute: which watches hear something, whether the API server answers others, and what is stuck then. */
interface Minute {
  readonly heard: readonly string[];
  readonly answers: boolean;
  /** Watches that were stopped in this minute. */
  readonly ended?: readonly string[];
}

const both = { heard: ['pods', 'namespaces'], answers: true };
const podsDeaf = { heard: ['namespaces'], answers: true };
const away = { heard: [], answers: false };
const allDeaf = { heard: [], answers: true };

async function live(minutes: readonly Minute[]) {
  let now = 0;
  let answers = true;
  const log = rememberingLog();
  const liveness = makeLiveness({ now: () => now, answers: async () => answers, log });
  const stuck: (readonly string[])[] = [];
  for (const minute of minutes) {
    for (const resource of minute.heard) liveness.heard(resource);
    for (const resource of minute.ended ?? []) liveness.ended(resource);
    ({ answers } = minute);
    await liveness.look();
    stuck.push(liveness.stuck());
    now += 60_000;
  }
  return { stuck, log };
}

const times = (count: number, minute: Minute) => Array.from({ length: count }, () => minute);
const said = (resource: string, minutes: number) =>
  `the watch of ${resource} has heard nothing for ${minutes} minutes, though the API server answers`;

describe('alive is', () => {
  it.each<[string, Minute[]]>([
    ['who hears something each minute', times(20, both)],
    ['who never heard anything yet: the start has no time limit', times(20, allDeaf)],
    ['who hears nothing for less than five minutes', [both, ...times(5, podsDeaf)]],
    ['who hears nothing while the API server is away, however long: what is cached goes on being served', [both, ...times(60, away)]],
    ['who hears again when it is back', [both, ...times(30, away), both, ...times(4, podsDeaf)]],
    ['who stopped the watch that hears nothing', [both, { ...podsDeaf, ended: ['pods'] }, ...times(20, podsDeaf)]],
    [
      'who stopped it when it had been deaf for long, and began another',
      [both, ...times(5, podsDeaf), { ...podsDeaf, ended: ['pods'] }, both],
    ],
    ['who stood still for an hour, until it had the time to list again', [both, ...times(59, away), allDeaf, both]],
  ])('%s', async (_, minutes) => {
    const { stuck, log } = await live(minutes);
    expect([stuck.flat(), log.lines]).toEqual([[], []]);
  });
});

describe('a restart is needed where', () => {
  it('a watch hears nothing for five minutes while the API server answers, looked at twice', async () => {
    const { stuck, log } = await live([both, ...times(7, podsDeaf)]);
    expect(stuck.slice(5)).toEqual([[], [said('pods', 6)], [said('pods', 7)]]);
    expect(log.lines[0]).toEqual({
      level: 'error',
      message: 'not alive: a restart is needed',
      fields: { reasons: ['the watch of pods has heard nothing for 6 minutes'] },
    });
  });

  it('all watches hear nothing: the process cannot reach what a new connection reaches', async () => {
    const { stuck } = await live([both, ...times(6, allDeaf)]);
    expect(stuck.at(-1)).toEqual([said('pods', 6), said('namespaces', 6)]);
  });

  it('no longer where it hears again after all', async () => {
    const { stuck } = await live([both, ...times(7, podsDeaf), both]);
    expect(stuck.at(-1)).toEqual([]);
  });
});
