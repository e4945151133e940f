import type { OutsideView } from '../../core/finding.ts';

/** What somebody asks to be probed. */
export interface Question {
  /** As the command takes it. */
  readonly text: string;
  readonly sweep: boolean;
}

/** A question under way. */
export interface Asked extends Question {
  /** The view, or in words why there is none; only the first counts. */
  settle(answer: OutsideView | string): void;
}

export interface Batches {
  /** The answer, or in words why there is none. After an abort at once. */
  ask(question: Question, signal: AbortSignal): Promise<OutsideView | string>;
}

/** Runs a batch to its end. `calledOff`: nobody waits for it any more. Never rejects, and settles every question. */
type RunBatch = (asked: readonly Asked[], calledOff: AbortSignal) => Promise<void>;

/** Runs at the same time. While they are under way, further questions gather: the more there are, the larger the batches. */
const RUNS = 4;

/** The command is in the address of a request, and proxies take 8 kB of one. Beside the text: `&command=`, and escapes. */
const LONGEST = 6_000;
const BESIDE = 16;

/** Gathers questions into batches. */
export function makeBatches(run: RunBatch): Batches {
  const waiting: Member[] = [];
  let running = 0;
  const next = async () => {
    if (running >= RUNS || waiting.length === 0) return;
    const batch = waiting.splice(0, fitting(waiting)).filter(({ done }) => !done);
    if (batch.length === 0) return next();
    const controller = new AbortController();
    for (const member of batch) {
      member.left = () => batch.every(({ done }) => done) && controller.abort();
    }
    running += 1;
    await run(batch, controller.signal);
    running -= 1;
    void next();
  };
  return {
    ask: (question, signal) =>
      new Promise((resolve) => {
        const member = memberOf(question, resolve, signal);
        if (member.done) return;
        waiting.push(member);
        // Those that ask in the same moment go together.
        setImmediate(() => void next());
      }),
  };
}

interface Member extends Asked {
  done: boolean;
  /** Called when nobody waits for it any more. */
  left: () => void;
}

function memberOf(question: Question, resolve: (answer: OutsideView | string) => void, signal: AbortSignal): Member {
  const abort = () => member.settle('it was stopped');
  const member: Member = {
    ...question,
    done: false,
    left: () => {},
    settle(answer) {
      if (member.done) return;
      member.done = true;
      signal.removeEventListener('abort', abort);
      resolve(answer);
      member.left();
    },
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort);
  return member;
}

/** How many of them go into one address; always one. */
function fitting(waiting: readonly Question[]): number {
  let length = 0;
  const over = waiting.findIndex(({ text }) => {
    length += encodeURIComponent(text).length + BESIDE;
    return length > LONGEST;
  });
  return over === -1 ? waiting.length : Math.max(1, over);
}
