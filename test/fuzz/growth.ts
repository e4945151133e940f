/** A text that may cost a reader more than it is long. */
export interface Pump {
  readonly what: string;
  /** The text with so many repetitions. */
  readonly textOf: (times: number) => string;
}

/** Any piece, repeated between a head and a tail. */
export function pump(what: string, piece: string, head = '', tail = ''): Pump {
  return { what, textOf: (times) => `${head}${piece.repeat(times)}${tail}` };
}

/** Sixteen times the text: 256 times the work where it grows with the square, 16 where it grows with the text. */
const FACTOR = 16;
const MOST = 100;

/** Below this a measurement is noise: such a text is cheap at any rate. In milliseconds of processor time, so that a busy machine does not count. */
const NOISE_MS = 30;

/** Whether reading this grows faster than its text, and how fast; undefined: it does not. `times`: repetitions of the longest text. */
export function growthFault({ what, textOf }: Pump, read: (text: string) => unknown, times: number): string | undefined {
  const [short, long] = [textOf(Math.ceil(times / FACTOR)), textOf(times)];
  let grown = 0;
  // One look suffices where all is well; a suspicion is looked at again, since something else may have fallen into the first.
  for (const tries of [1, 3, 5]) {
    const longMs = leastMs(() => read(long), tries);
    if (longMs < NOISE_MS) return undefined;
    grown =
      longMs /
      Math.max(
        leastMs(() => read(short), tries),
        0.2,
      );
    if (grown <= MOST) return undefined;
  }
  return `${what}: ${FACTOR} times the text takes ${Math.round(grown)} times as long`;
}

function leastMs(work: () => unknown, tries: number): number {
  const times = Array.from({ length: tries }, () => {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
