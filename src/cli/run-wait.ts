import { setTimeout as pause } from 'node:timers/promises';
import { listPolicies } from '../app/policy-list.ts';
import type { Authority } from '../core/authority.ts';
import type { ClusterFacts } from '../core/pair/peers.ts';
import type { PolicyStore } from '../ports.ts';

export interface AwaitedPolicies {
  readonly authority: Authority;
  readonly facts: ClusterFacts;
  readonly namespaces: readonly string[];
  readonly store: Pick<PolicyStore, 'list'>;
  readonly signal: AbortSignal;
  /** Milliseconds until it gives up; 30,000 unless given. */
  readonly patienceMs?: number;
}

const EVERY_MS = 250;

/**
 * Waits until every policy that the template wants in these namespaces is there as it wants it, since a controller or an admission hook may
 * have changed what was applied. Answers those that are not, as `NAMESPACE/NAME (STATE)`; none where all is well.
 */
export async function awaitPolicies({ patienceMs = 30_000, ...awaited }: AwaitedPolicies): Promise<string[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const astray = await astrayPolicies(awaited);
    if (astray.length === 0 || awaited.signal.aborted || performance.now() > deadline) return astray;
    await pause(EVERY_MS, undefined, { signal: awaited.signal }).catch(() => {}); // stopped: what is astray now is the answer
  }
}

async function astrayPolicies({ authority, facts, namespaces, store }: Omit<AwaitedPolicies, 'patienceMs'>): Promise<string[]> {
  const found = new Map<string, Awaited<ReturnType<PolicyStore['list']>>>();
  for (const name of namespaces) found.set(name, await store.list(name));
  return listPolicies({ authority, facts, policies: (name) => found.get(name) ?? [] }).flatMap(({ policy, owner, state }) => {
    const { namespace, name } = policy.metadata;
    return found.has(namespace) && owner === 'portcullis' && state !== 'in place' ? [`${namespace}/${name} (${state})`] : [];
  });
}
