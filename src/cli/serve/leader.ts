import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Access } from '../../adapters/kube/access.ts';
import { kubeLeaseStore } from '../../adapters/kube/lease-store.ts';
import { transportOfTerm } from '../../adapters/kube/term-transport.ts';
import { connect } from '../../adapters/kube/transport.ts';
import { lead } from '../../app/leadership.ts';
import type { Stop } from '../../ports.ts';
import { VERSION } from '../../version.ts';
import type { ClusterParts } from './parts.ts';

/** The Lease in Portcullis' own namespace by which one of several controllers leads. */
const LEASE = 'portcullis-controller';

export interface Leading {
  /** Rejects when the work of a leader failed: the program cannot go on. Never resolves. */
  readonly failed: Promise<never>;
  /** Ends the term, if any, and lets go of the lease. */
  readonly stop: Stop;
}

/**
 * Starts the work whenever this replica leads, with a transport whose writes end with the term, and stops it when the lease is lost. Answers
 * once the work has begun, or somebody else was found to lead.
 */
export async function startLeading(parts: ClusterParts, access: Access, start: (parts: ClusterParts) => Promise<Stop>): Promise<Leading> {
  const own = await connect(access, { version: VERSION });
  const stopping = new AbortController();
  let placed = () => {};
  const inPlace = new Promise<void>((resolve) => {
    placed = resolve;
  });
  const leading = lead(
    {
      store: kubeLeaseStore(own, { namespace: parts.options.namespace, name: LEASE }),
      holder: `${hostname()}_${randomUUID()}`,
      log: parts.log,
      rest: (ms, signal) => pause(ms, undefined, { signal }).catch(() => {}),
      waits: () => placed(),
    },
    async (term) => {
      const stop = await start({ ...parts, transport: transportOfTerm(parts.transport, term) });
      placed();
      await ended(term.signal);
      await stop();
    },
    stopping.signal,
  );
  const failed = leading.then(() => new Promise<never>(() => {}));
  failed.catch(() => own.close()); // it is told to who waits for it; nobody may
  await Promise.race([inPlace, failed]);
  return {
    failed,
    stop: async () => {
      stopping.abort();
      await leading.catch(() => {}); // told by `failed`
      own.close();
    },
  };
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
