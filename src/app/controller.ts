import type { NamespaceState, PodState } from '../core/cluster-state.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { isOurs } from '../core/pair/metadata.ts';
import type { PolicyPair } from '../core/policy-pair.ts';
import { isWaiting, type ReconcileParts } from './reconcile.ts';

/** Where the controller asks for a pass over a namespace; asking twice before it begins is asking once. */
export interface NamespaceQueue {
  /** Rank 0, the default, goes before rank 1. */
  add(namespace: string, rank?: number): void;
}

/** Of a namespace that is closed as it should be: those that are not go first. */
const CLOSED_RANK = 1;

/** What a watch tells the controller. `old` is absent for something new, `now` for something gone. */
export interface Change<T> {
  readonly old?: T;
  readonly now?: T;
}

/** Turns what changed into the namespaces that must be looked at. It decides nothing: `reconcileNamespace` starts from the current state. */
export interface Controller {
  namespaceChanged(change: Change<NamespaceState>): void;
  policyChanged(namespace: string, change: Change<NetworkPolicy>): void;
  podChanged(change: Change<PodState>): void;
  /** A new template is in force, or the addresses of the API server changed. */
  everythingChanged(): void;
  /** Looks at every namespace again, though nothing was heard (at start and every ten minutes). */
  resync(): void;
}

export type ControllerParts = Pick<ReconcileParts, 'authority' | 'view' | 'observed' | 'metrics' | 'log' | 'announce'> & {
  readonly queue: NamespaceQueue;
};

/** Wires changes to the queue. */
export function makeController(parts: ControllerParts): Controller {
  const { view, observed, queue } = parts;
  const all = () => {
    for (const { name } of view.namespaces()) queue.add(name);
  };
  const everythingChanged = () => {
    observed.forgetAll();
    all();
  };
  return {
    namespaceChanged: ({ old, now }) => {
      const name = (now ?? old)?.name;
      if (name === undefined) return;
      if ((old === undefined || now === undefined) && parts.authority().hasPatterns) everythingChanged();
      else observed.forget(name);
      queue.add(name);
    },
    policyChanged: (namespace, change) => {
      const before = observed.inPlace(namespace);
      observed.forget(namespace);
      const inPlace = observed.inPlace(namespace);
      if (before && !inPlace) drifted(namespace, change, parts);
      queue.add(namespace, inPlace && isWanted(change.now, observed.wanted(namespace)) ? CLOSED_RANK : 0);
    },
    podChanged: ({ now }) => {
      if (now !== undefined && isWaiting(now)) queue.add(now.namespace);
    },
    everythingChanged,
    resync: all,
  };
}

function isWanted(policy: NetworkPolicy | undefined, { block, allow }: PolicyPair): boolean {
  return [block, ...allow].some(({ metadata }) => metadata.name === policy?.metadata.name);
}

/** A policy of ours was as it should be and is no longer, though the template did not change: somebody else did that. */
function drifted(namespace: string, { old, now }: Change<NetworkPolicy>, { authority, metrics, log, announce }: ControllerParts): void {
  const policy = now ?? old;
  if (policy === undefined || !isOurs(old ?? policy) || authority().namespace(namespace).mode !== 'enforce') return;
  const what = now === undefined ? 'deleted' : 'changed';
  metrics.record({ event: 'policy written', cause: 'drift' });
  log.warn('a policy was changed by somebody else and is put back', { namespace, policy: policy.metadata.name, what });
  announce.namespace(
    namespace,
    'PolicyDrift',
    `NetworkPolicy ${policy.metadata.name} was ${what} by somebody else; Portcullis puts it back`,
  );
}
