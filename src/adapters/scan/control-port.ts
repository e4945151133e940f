import type { Scanner, ScanTarget } from '../../ports.ts';
import { refuseAddress } from './port-list.ts';
import { probeTcp } from './tcp-probe.ts';

/** The kernel sends its second SYN after 1 s (RFC 6298): one lost packet proves nothing. */
const TIMEOUT_MS = 1_500;

/**
 * A scanner that begins only where the control port of the target answers, and believes what it saw only where that port still answers
 * afterwards: an address that is gone, or a prober that gets nowhere, looks like a pod of which every port is shut. Without a control port
 * every scan stands as it is.
 */
export function controlled({ engine, scan }: Scanner): Scanner {
  return {
    engine,
    async scan(target, signal) {
      const { address, control } = target;
      if (control === undefined || refuseAddress(engine, address) !== undefined || signal.aborted) return scan(target, signal);
      const reason = `the control port ${control}/TCP of ${address} did not answer`;
      if (!(await answers(target, control, signal))) {
        return signal.aborted ? scan(target, signal) : { known: false, engine, reason, partial: [] };
      }
      const view = await scan(target, signal);
      if (!view.known || (await answers(target, control, signal))) return view;
      return { known: false, engine, reason: signal.aborted ? 'it was stopped' : `${reason} any longer`, partial: view.probes };
    },
  };
}

async function answers({ address }: ScanTarget, port: number, signal: AbortSignal): Promise<boolean> {
  const { result, cancel } = probeTcp({ address, port }, TIMEOUT_MS);
  signal.addEventListener('abort', cancel, { once: true });
  const answer = await result;
  signal.removeEventListener('abort', cancel);
  return answer === 'open';
}
