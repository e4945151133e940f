import { Agent } from 'node:https';
import { reviewBodies } from '../../bench/review.ts';
import { post } from '../support/gate.ts';

/** Reviews at a steady rate. */
export interface Reviews {
  /** Answered with a verdict, and everything else. */
  readonly count: { answered: number; failed: number };
  stop(): Promise<void>;
}

const TICK_MS = 50;
const CONNECTIONS = 16;
/** A machine that cannot keep up sends fewer: a queue of ours would only measure itself. */
const MOST_OPEN = 200;

/** Sends so many reviews a second to the gate, whether earlier ones were answered or not, as long as not too many wait. */
export function startReviews(gate: { readonly port: number; readonly ca: string }, perSecond: number): Reviews {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const bodies = reviewBodies();
  const url = `https://127.0.0.1:${gate.port}/validate?timeout=3s`;
  const count = { answered: 0, failed: 0 };
  const open = new Set<Promise<void>>();
  const start = performance.now();
  let sent = 0;
  const send = async (body: string) => {
    const status = await post(url, body, { ca: gate.ca, agent }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) count.answered += 1;
    else count.failed += 1;
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * perSecond);
    for (; sent < due; sent += 1) {
      if (open.size >= MOST_OPEN) continue;
      const call = send(bodies[sent % bodies.length] ?? '').finally(() => open.delete(call));
      open.add(call);
    }
  }, TICK_MS);
  return {
    count,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
    },
  };
}
