import type { Authority } from '../core/authority.ts';
import type { ClusterFacts } from '../core/pair/peers.ts';
import { pairInPlace } from '../core/pair/plan.ts';
import { policyPair } from '../core/policy-pair.ts';
import type { Log, PolicyStore } from '../ports.ts';
import { applyPairs } from './apply.ts';

/** The pairs of a gate without a cluster: kept as files, for whoever applies them. */
export interface FolderPairs {
  /** Whether the files of the namespace are written as the template in force wants them. */
  inPlace(namespace: string): boolean;
  /** The namespaces that are known: those that the template names, and those that a review created. */
  facts(): ClusterFacts;
  /** Brings the files of all known namespaces to this template. */
  bring(authority: Authority): Promise<void>;
  /** A namespace was created. */
  created(namespace: string): Promise<void>;
}

/** Starts with no namespace. Rejections of `bring` and `created` are the store's: a file that is not ours, a folder that cannot be written. */
export function makeFolderPairs(store: PolicyStore, log: Log): FolderPairs {
  const namespaces = new Set<string>();
  const written = new Set<string>();
  let authority: Authority | undefined;
  // One after the other: a template that comes during a write must not be overtaken.
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    const next = turn.then(work);
    turn = next.catch(() => {});
    return next;
  };
  const facts = () => ({ namespaces: [...namespaces], apiServer: [] });
  const bringAll = async () => {
    for (const name of namespaces) if (authority !== undefined) note(name, await bringOne(name, { authority, store, log, facts: facts() }));
  };
  const note = (name: string, inPlace: boolean) => (inPlace ? written.add(name) : written.delete(name));
  return {
    inPlace: (namespace) => written.has(namespace),
    facts,
    bring: (next) => {
      authority = next;
      written.clear();
      for (const { name } of next.template.namespaces) if (!name.endsWith('*')) namespaces.add(name);
      return inTurn(bringAll);
    },
    created: (namespace) => {
      namespaces.add(namespace);
      return inTurn(bringAll);
    },
  };
}

interface Bringing {
  readonly authority: Authority;
  readonly store: PolicyStore;
  readonly log: Log;
  readonly facts: ClusterFacts;
}

/** Answers whether the pair is in place now. Nothing runs in a namespace of files, so what closes is written first. */
async function bringOne(name: string, { authority, store, log, facts }: Bringing): Promise<boolean> {
  const { mode } = authority.namespace(name);
  const applied = applyPairs({ authority, facts, namespaces: [name], store, hasPods: () => false, dryRun: false });
  for await (const { name: policy, done } of applied) {
    if (done === 'conflict') log.warn('a policy of this name belongs to somebody else', { namespace: name, policy });
    else if (done !== 'unchanged') log.info('policy file written', { namespace: name, policy, done });
  }
  return mode === 'enforce' && pairInPlace(policyPair(name, authority, facts), await store.list(name));
}
