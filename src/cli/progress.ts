import type { Io } from './io.ts';

/** A line on stderr that tells how far the work is, for a person at a terminal; in a pipe there is none. */
export interface Progress {
  /** So many are done, of so many. */
  tell(done: number, total: number): void;
  /** Prints a line that stays, above the one that moves. */
  say(line: string): void;
  /** Takes the line away. */
  end(): void;
}

/** Before that, what is left is a guess that jumps. */
const FIRST_GUESS_MS = 2_000;

/** Goes back to the start of a terminal's line and empties it. */
export const ERASE_LINE = '\r\u001b[2K';

/** No line yet. `what` is counted: `pods`. `now` counts milliseconds. */
export function makeProgress(io: Pick<Io, 'err' | 'progress'>, what: string, now: () => number = () => performance.now()): Progress {
  const begun = now();
  let line = '';
  const draw = (text: string) => {
    if (!io.progress || text === line) return;
    io.err(`${line === '' ? '' : ERASE_LINE}${text}`);
    line = text;
  };
  return {
    tell: (done, total) => draw(`${done}/${total} ${what}${timeLeft(now() - begun, { done, total })}`),
    say: (text) => {
      const before = line;
      draw('');
      io.err(`${text}\n`);
      draw(before);
    },
    end: () => draw(''),
  };
}

function timeLeft(elapsed: number, { done, total }: { readonly done: number; readonly total: number }): string {
  if (done === 0 || done === total || elapsed < FIRST_GUESS_MS) return '';
  const seconds = Math.ceil((elapsed / done) * ((total - done) / 1000));
  return seconds < 90 ? `, about ${seconds} s left` : `, about ${Math.round(seconds / 60)} min left`;
}
