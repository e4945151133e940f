import type { Authority } from '../core/authority.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import type { ClusterFacts } from '../core/pair/peers.ts';
import { pairInPlace } from '../core/pair/plan.ts';
import { type PolicyPair, policyPair } from '../core/policy-pair.ts';

/**
 * Answers whether the pair of a namespace was observed as the template in force wants it. The answer is worked out at the first question
 * and remembered until something that it depends on changes, so that a pod's review costs a look into a map.
 */
export interface ObservedPairs {
  wanted(namespace: string): PolicyPair;
  inPlace(namespace: string): boolean;
  /** The policies of a namespace changed. */
  forget(namespace: string): void;
  /** The template, the namespaces that patterns mean, or the API server's addresses changed. */
  forgetAll(): void;
}

export interface ObservedInput {
  authority(): Authority;
  facts(): ClusterFacts;
  policies(namespace: string): readonly NetworkPolicy[];
}

/** Names come from callers: what is remembered stays bounded. */
const REMEMBERED = 20_000;
/** A pair is large, and asked for while a namespace is worked on; after that its answer suffices. */
const REMEMBERED_PAIRS = 500;

/** Makes an empty memory over these caches. */
export function observePairs({ authority, facts, policies }: ObservedInput): ObservedPairs {
  const wanted = new Map<string, PolicyPair>();
  const inPlace = new Map<string, boolean>();
  const wantedOf = (name: string) =>
    remembered(wanted, name, { limit: REMEMBERED_PAIRS, compute: () => policyPair(name, authority(), facts()) });
  return {
    wanted: wantedOf,
    inPlace: (name) => remembered(inPlace, name, { limit: REMEMBERED, compute: () => pairInPlace(wantedOf(name), policies(name)) }),
    forget: (name) => inPlace.delete(name),
    forgetAll: () => {
      wanted.clear();
      inPlace.clear();
    },
  };
}

interface Remembering<T> {
  readonly limit: number;
  readonly compute: () => T;
}

function remembered<T>(memory: Map<string, T>, name: string, { limit, compute }: Remembering<T>): T {
  const there = memory.get(name);
  if (there !== undefined) return there;
  if (memory.size >= limit) memory.clear();
  const value = compute();
  memory.set(name, value);
  return value;
}
