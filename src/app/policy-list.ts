import type { Authority } from '../core/authority.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { isOurs } from '../core/pair/metadata.ts';
import type { ClusterFacts } from '../core/pair/peers.ts';
import { wideningsOf } from '../core/pair/widening.ts';
import { policyPair } from '../core/policy-pair.ts';
import { sameSpec } from '../core/policy-spec.ts';

/**
 * Of ours: `in place`, `drifted` (its spec is not what the template wants), `orphan` (not wanted), `missing` (wanted, but not there).
 * Of somebody else: `name taken` (it has the name of a policy that is wanted), `widens` (it opens more than the template), or nothing to say.
 */
export type PolicyState = 'in place' | 'drifted' | 'orphan' | 'missing' | 'name taken' | 'widens' | '';

/** One NetworkPolicy of the cluster, and how it stands to the template. */
export interface ListedPolicy {
  readonly policy: NetworkPolicy;
  readonly owner: 'portcullis' | 'other';
  readonly state: PolicyState;
  /** What a policy of somebody else opens beyond the template, one phrase each. */
  readonly widens: readonly string[];
}

export interface PolicyListInput {
  readonly authority: Authority;
  readonly facts: ClusterFacts;
  /** The namespaces that are listed; absent: all. */
  readonly only?: readonly string[];
  policies(namespace: string): readonly NetworkPolicy[];
}

/** All policies of these namespaces, and those that are missing; sorted by namespace and name. */
export function listPolicies(input: PolicyListInput): ListedPolicy[] {
  return [...(input.only ?? input.facts.namespaces)].sort().flatMap((name) => listNamespace(name, input));
}

function listNamespace(name: string, { authority, facts, policies }: PolicyListInput): ListedPolicy[] {
  const pair = policyPair(name, authority, facts);
  const isEnforced = authority.namespace(name).mode === 'enforce';
  const wanted = new Map(isEnforced ? [pair.block, ...pair.allow].map((policy) => [policy.metadata.name, policy]) : []);
  const existing = policies(name);
  const there = existing.map((policy): ListedPolicy => {
    const want = wanted.get(policy.metadata.name);
    if (isOurs(policy)) return { policy, owner: 'portcullis', state: stateOfOurs(policy, want), widens: [] };
    const widens = isEnforced ? wideningsOf(policy, pair) : [];
    return { policy, owner: 'other', state: want !== undefined ? 'name taken' : widens.length > 0 ? 'widens' : '', widens };
  });
  const names = new Set(existing.map(({ metadata }) => metadata.name));
  const missing = [...wanted.values()].filter(({ metadata }) => !names.has(metadata.name));
  const absent = missing.map((policy): ListedPolicy => ({ policy, owner: 'portcullis', state: 'missing', widens: [] }));
  return [...there, ...absent].sort(byName);
}

function stateOfOurs({ spec }: NetworkPolicy, want: NetworkPolicy | undefined): PolicyState {
  if (want === undefined) return 'orphan';
  return sameSpec(spec, want.spec) ? 'in place' : 'drifted';
}

function byName(a: ListedPolicy, b: ListedPolicy): number {
  return a.policy.metadata.name < b.policy.metadata.name ? -1 : 1;
}
