import { describe, expect, it } from 'vitest';
import { makeWorkQueue, type WorkQueueOptions } from '../../../src/app/work-queue.ts';

/** A queue whose work and timers the test moves by hand. */
function setUp(options: Partial<WorkQueueOptions> = {}) {
  const begun: string[] = [];
  const failures: string[] = [];
  const open = new Map<string, { done(): void; fail(): void }>();
  const timers = new Map<() => void, number>();
  const queue = makeWorkQueue({
    parallelism: 2,
    random: () => 0.5,
    failed: (key, error, { failures: count, delayMs }) => failures.push(`${key} ${String(error)} ${count} ${delayMs}`),
    work: (key) =>
      new Promise((resolve, reject) => {
        begun.push(key);
        open.set(key, { done: resolve, fail: () => reject(new Error('no')) });
      }),
    later: (run, delayMs) => {
      timers.set(run, delayMs);
      return () => timers.delete(run);
    },
    ...options,
  });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    queue,
    begun,
    failures,
    waits: () => [...timers.values()],
    async end(key: string, how: 'done' | 'fail' = 'done') {
      open.get(key)?.[how]();
      await settled();
    },
    /** Lets the delays pass. */
    async elapse() {
      const due = [...timers.keys()];
      timers.clear();
      for (const run of due) run();
      await settled();
    },
  };
}

describe('a key', () => {
  it('is worked on at once, in the order of coming, no more at a time than asked for', async () => {
    const { queue, begun, end } = setUp();
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    expect({ begun: [...begun], size: queue.size() }).toEqual({ begun: ['a', 'b'], size: 4 });
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await end('a');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('that waits already is worked on once', async () => {
    const { queue, begun, end } = setUp({ parallelism: 1 });
    for (const key of ['a', 'b', 'b', 'b']) queue.add(key);
    await end('a');
    await end('b');
    expect({ begun, size: queue.size() }).toEqual({ begun: ['a', 'b'], size: 0 });
  });

  it('that comes while it is worked on has another turn afterwards, never two at once', async () => {
    const { queue, begun, end } = setUp();
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(begun).toEqual(['a']);
    await end('a');
    expect(begun).toEqual(['a', 'a']);
    await end('a');
    expect(begun).toEqual(['a', 'a']);
  });

  it('that has to wait for its own turn holds up no other', async () => {
    const { queue, begun } = setUp();
    for (const key of ['a', 'a', 'b']) queue.add(key);
    expect(begun).toEqual(['a', 'b']);
  });

  it('can be added for later, and works now as well', async () => {
    const { queue, begun, end, waits, elapse } = setUp();
    queue.addAfter('a', 500);
    expect({ begun: [...begun], waits: waits(), size: queue.size() }).toEqual({ begun: [], waits: [500], size: 0 });
    queue.add('a');
    await end('a');
    await elapse();
    expect(begun).toEqual(['a', 'a']);
  });
});

describe('a failure', () => {
  it('is told and tried again, later each time, until it goes well', async () => {
    const { queue, begun, failures, end, elapse } = setUp({ backoff: { baseMs: 100, capMs: 300 } });
    queue.add('a');
    for (let i = 0; i < 4; i += 1) {
      await end('a', 'fail');
      await elapse();
    }
    await end('a');
    queue.add('a');
    await end('a', 'fail');
    expect(failures).toEqual(['a Error: no 1 50', 'a Error: no 2 100', 'a Error: no 3 150', 'a Error: no 4 150', 'a Error: no 1 50']);
    expect(begun).toHaveLength(6);
  });

  it('waits as what was thrown asks for', async () => {
    const thrown = ['away', 'away', 'broken'];
    const { queue, failures, elapse } = setUp({
      work: async () => Promise.reject(thrown.shift()),
      backoff: (error) => ({ baseMs: 100, capMs: error === 'away' ? 100 : 10_000 }),
    });
    queue.add('a');
    for (let i = 0; i < 3; i += 1) await elapse();
    expect(failures.slice(0, 3)).toEqual(['a away 1 50', 'a away 2 50', 'a broken 3 200']);
  });

  it('of one key delays no other', async () => {
    const { queue, begun, end } = setUp({ parallelism: 1 });
    queue.add('a');
    queue.add('b');
    await end('a', 'fail');
    expect(begun).toEqual(['a', 'b']);
  });

  it('may be a throw before any promise', async () => {
    const { queue, failures, elapse } = setUp({
      work: () => {
        throw new Error('at once');
      },
    });
    queue.add('a');
    await elapse();
    expect(failures[0]).toBe('a Error: at once 1 25');
  });
});

describe('the end', () => {
  it('waits for what is under way, and starts nothing more', async () => {
    const { queue, begun, end, waits } = setUp({ parallelism: 1 });
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    let stopped = false;
    const stopping = queue.stop().then(() => {
      stopped = true;
    });
    queue.add('d');
    queue.addAfter('e', 10);
    await end('x');
    expect({ stopped, waits: waits() }).toEqual({ stopped: false, waits: [] });
    await end('a', 'fail');
    await stopping;
    expect({ begun, waits: waits(), size: queue.size() }).toEqual({ begun: ['a'], waits: [], size: 0 });
  });

  it('of all work can be waited for', async () => {
    const { queue, end } = setUp();
    await queue.drained();
    queue.add('a');
    let drained = false;
    const waiting = queue.drained().then(() => {
      drained = true;
    });
    queue.add('b');
    await end('a');
    expect(drained).toBe(false);
    await end('b');
    await waiting;
    expect(queue.size()).toBe(0);
  });
});

describe('a rank', () => {
  it('goes before those behind it, each in the order of coming, and a key keeps the best that it was given', async () => {
    const { queue, begun, end } = setUp({ parallelism: 1 });
    queue.add('now', 3);
    for (const [key, rank] of [
      ['c', 3],
      ['b', 1],
      ['d', 3],
      ['a', 0],
      ['d', 1],
      ['b', 3],
    ] as const)
      queue.add(key, rank);
    for (const key of ['now', 'a', 'b', 'd', 'c']) await end(key);
    expect([begun, queue.size()]).toEqual([['now', 'a', 'b', 'd', 'c'], 0]);
  });

  it('is kept by a key that failed, or that comes after a delay', async () => {
    const { queue, begun, end, elapse } = setUp({ parallelism: 1 });
    queue.add('first', 0);
    await end('first', 'fail');
    queue.addAfter('second', 10, 1);
    queue.add('busy', 0);
    queue.add('last', 2);
    await elapse();
    for (const key of ['busy', 'first', 'second', 'last']) await end(key);
    expect(begun).toEqual(['first', 'busy', 'first', 'second', 'last']);
  });

  it('may have to wait for its time, while better ones go on, and nothing is asked for in vain', async () => {
    const waits = new Map([[2, 500]]);
    const { queue, begun, end, elapse, waits: timers } = setUp({ pace: (rank) => waits.get(rank) ?? 0 });
    queue.add('slow', 2);
    queue.add('slower', 2);
    queue.add('urgent', 0);
    expect([[...begun], timers()]).toEqual([['urgent'], [500]]);
    waits.clear();
    await elapse();
    expect(begun).toEqual(['urgent', 'slow']);
    await end('urgent');
    expect(begun).toEqual(['urgent', 'slow', 'slower']);
  });
});

describe('without arguments of a test', () => {
  it('tries again by a real timer', async () => {
    let turns = 0;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const queue = makeWorkQueue({
      parallelism: 1,
      backoff: { baseMs: 2, capMs: 2 },
      failed: () => {},
      work: async () => {
        turns += 1;
        if (turns < 3) throw new Error('not yet');
        finish();
      },
    });
    queue.add('a');
    await finished;
    await queue.stop();
    expect(turns).toBe(3);
  });
});
