import type { SocketSource } from '../ports.ts';

/** One source of several, each asked only where those before it know nothing; the reasons of all where none does. */
export function firstThatKnows(sources: readonly SocketSource[]): SocketSource {
  return {
    via: sources.map(({ via }) => via).join(' or '),
    async sockets(pod, signal) {
      const reasons: string[] = [];
      for (const source of sources) {
        const view = await source.sockets(pod, signal);
        if (view.known) return view;
        reasons.push(view.reason);
        if (signal.aborted) break;
      }
      return { known: false, reason: reasons.join('; ') };
    },
  };
}
