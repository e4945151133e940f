import { describe, expect, it } from 'vitest';
import { makeAgenda, RANK, type Wish } from '../../../src/app/agenda.ts';

/** An agenda that looks at one pod at a time, whose looks and timers the test moves by hand. */
function setUp() {
  const looked: string[] = [];
  const timers = new Map<() => void, number>();
  let [now, end, fail] = [0, () => {}, () => {}];
  const agenda = makeAgenda({
    look: (key, { rank, known }) => {
      looked.push(`${key} ${rank} ${known}`);
      return new Promise((resolve, reject) => {
        end = resolve;
        fail = () => reject(new Error('no'));
      });
    },
    parallelism: 1,
    failed: () => {},
    random: () => 0.5,
    now: () => now,
    later: (run, delayMs) => {
      timers.set(run, now + delayMs);
      return () => timers.delete(run);
    },
  });
  const rest = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    agenda,
    looked,
    due: () => [...timers.values()],
    async end() {
      end();
      await rest();
    },
    async fail() {
      fail();
      await rest();
    },
    async pass(ms: number) {
      now += ms;
      for (const [run, due] of [...timers]) {
        if (due > now) continue;
        timers.delete(run);
        run();
      }
      await rest();
    },
  };
}

const wish = (rank: keyof typeof RANK, known: Wish['known']): Wish => ({ rank: RANK[rank], known });

describe('the agenda of looks', () => {
  it('makes one look of many wishes for a pod, in the best rank and as thorough as any of them', async () => {
    const { agenda, looked, end } = setUp();
    agenda.ask('busy', wish('urgent', 'skip'));
    agenda.ask('a', wish('routine', 'afresh'));
    agenda.ask('b', wish('changed', 'skip'));
    agenda.ask('a', wish('urgent', 'reuse'));
    agenda.ask('a', wish('started', 'skip'));
    for (let turn = 0; turn < 4; turn += 1) await end();
    expect([looked, agenda.size()]).toEqual([['busy 0 skip', 'a 0 afresh', 'b 2 skip'], 0]);
  });

  it('makes one look of many delayed wishes, at the earliest time', async () => {
    const { agenda, looked, due, pass } = setUp();
    agenda.askAfter('a', wish('changed', 'reuse'), 500);
    agenda.askAfter('a', wish('urgent', 'skip'), 800);
    agenda.askAfter('a', wish('routine', 'afresh'), 300);
    expect([due(), agenda.size()]).toEqual([[300], 1]);
    await pass(300);
    await pass(1_000);
    expect(looked).toEqual(['a 0 afresh']);
  });

  it('repeats a look that failed by the same wish, and what was wished meanwhile', async () => {
    const { agenda, looked, fail, pass } = setUp();
    agenda.ask('a', wish('changed', 'afresh'));
    await fail();
    await pass(1_000);
    expect(looked).toEqual(['a 2 afresh', 'a 2 afresh']);
  });

  it('has another look at a pod that is wished for while it is looked at', async () => {
    const { agenda, looked, end } = setUp();
    agenda.ask('a', wish('started', 'skip'));
    agenda.ask('a', wish('urgent', 'reuse'));
    await end();
    expect(looked).toEqual(['a 1 skip', 'a 0 reuse']);
  });

  it('forgets everything when it is stopped', async () => {
    const { agenda, looked, due, end } = setUp();
    agenda.ask('a', wish('started', 'skip'));
    agenda.ask('b', wish('started', 'skip'));
    agenda.askAfter('c', wish('started', 'skip'), 10);
    const stopping = agenda.stop();
    await end();
    await stopping;
    expect([looked, due(), agenda.size()]).toEqual([['a 1 skip'], [], 0]);
  });
});
