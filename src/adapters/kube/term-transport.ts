import { setMaxListeners } from 'node:events';
import type { Term } from '../../ports.ts';
import { KubeError } from './kube-error.ts';
import type { KubeTransport } from './transport.ts';

/**
 * The same calls, writes only while the term lasts: the deadline is looked at before each, and none outlives it. Somebody else may lead then,
 * and two who write would undo each other's work.
 */
export function transportOfTerm(transport: KubeTransport, term: Term): KubeTransport {
  setMaxListeners(0, term.signal); // one for each write under way
  return {
    ...transport,
    request(call) {
      if (call.method === 'GET') return transport.request(call);
      const remaining = Math.floor(term.remainingMs());
      if (remaining === 0)
        return Promise.reject(new KubeError(`${call.method} ${call.path}: not leading any more`, { status: 0, reason: 'Aborted' }));
      const signal = call.signal === undefined ? term.signal : AbortSignal.any([call.signal, term.signal]);
      return transport.request({ ...call, signal, timeoutMs: Math.min(call.timeoutMs ?? remaining, remaining) });
    },
  };
}
