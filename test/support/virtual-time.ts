/** A time that stands still until it is moved. */
export function virtualTime() {
  const timers = new Set<Timer>();
  let now = 0;
  const rest = async () => {
    for (let round = 0; round < 20; round += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => now,
    later: (run: () => void, delayMs: number) => {
      const timer = { due: now + Math.max(0, delayMs), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    rest,
    async pass(ms: number) {
      const end = now + ms;
      await rest();
      for (;;) {
        const next = earliest(timers);
        if (next === undefined || next.due > end) break;
        timers.delete(next);
        now = Math.max(now, next.due);
        next.run();
        // Two timers are seldom of the same work.
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = end;
      await rest();
    },
  };
}

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

function earliest(timers: Iterable<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) if (first === undefined || timer.due < first.due) first = timer;
  return first;
}
