import { type NodeSockets, nodeSocketsTag, writeNodeSockets } from '../core/node-sockets.ts';
import type { Clock } from '../ports.ts';

export interface AgentWatchParts {
  readonly node: string;
  readonly clock: Clock;
  /** A whole look, at these pods or at all. */
  look(only?: ReadonlySet<string>): NodeSockets['pods'];
  /** A cheap look after another, to see what changed. */
  lookAgain(): NodeSockets['pods'];
  /** Between two cheap looks, milliseconds. */
  readonly everyMs: number;
}

/** What an agent answers with: the entity tag of what lasts (core/node-sockets.ts), and the JSON text. */
export interface AgentAnswer {
  readonly tag: string;
  readonly body: string;
}

/** The sockets of a node for those who ask. Throws, and rejects, where the node cannot be looked at. */
export interface AgentWatch {
  /** What is true now. */
  now(only?: ReadonlySet<string>): AgentAnswer;
  /** The first answer with another tag; undefined where none came within `waitMs`, or the caller went away. */
  changed(tag: string, waitMs: number, signal: AbortSignal): Promise<AgentAnswer | undefined>;
}

/** Looking takes a tenth of the time at most, however many pods there are. */
const SHARE = 10;

interface Last {
  readonly answer: AgentAnswer;
  readonly at: number;
  readonly tookMs: number;
}

/** Looks at the node when asked, and again and again while somebody waits for a change; all who wait share the looks. */
export function watchNode(parts: AgentWatchParts): AgentWatch {
  const { node, clock, everyMs } = parts;
  const answer = (pods: NodeSockets['pods']): AgentAnswer => ({
    tag: nodeSocketsTag(pods),
    body: writeNodeSockets({ node, pods, at: clock.now().toISOString() }),
  });
  let last: Last | undefined;
  /** The last look, or a new one where it is too old. */
  const recent = (): Last => {
    const at = performance.now();
    if (last !== undefined && at - last.at < pauseAfter(last, everyMs)) return last;
    const looked = answer(parts.lookAgain());
    last = { answer: looked, at, tookMs: performance.now() - at };
    return last;
  };
  return {
    now: (only) => answer(parts.look(only)),
    changed: async (tag, waitMs, signal) => {
      const end = performance.now() + waitMs;
      for (;;) {
        const look = recent();
        if (look.answer.tag !== tag) return look.answer;
        const left = end - performance.now();
        if (left <= 0 || signal.aborted) return undefined;
        await pause(Math.min(left, Math.max(1, look.at + pauseAfter(look, everyMs) - performance.now())), signal);
      }
    },
  };
}

function pauseAfter({ tookMs }: Last, everyMs: number): number {
  return Math.max(everyMs, tookMs * SHARE);
}

/** Ends early when nobody waits any longer. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
