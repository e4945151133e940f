import type { Authority } from '../core/authority.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { isOurs } from '../core/pair/metadata.ts';
import type { ClusterFacts } from '../core/pair/peers.ts';
import { wideningsOf } from '../core/pair/widening.ts';
import { policyPair } from '../core/policy-pair.ts';
import { sameSpec } from '../core/policy-spec.ts';

/** One NetworkPolicy of the cluster, and how it stands to the template. */
export interface ListedPolicy {
  readonly policy: NetworkPolicy;
  readonly owner: 'portcullis' | 'other';
  /**
   * `in place`, `drifted` (its spec is not what the template wants), `orphan` (ours, but not wanted), `missing` (wanted, but not there), or
   * what a policy of somebody else opens beyond the template; empty where there is nothing to say.
   */
  readonly state: string;
}

export interface PolicyListInput {
  readonly authority: Authority;
  readonly facts: ClusterFacts;
  policies(namespace: string): readonly NetworkPolicy[];
}

/** All policies of these namespaces, and those that are missing; sorted by namespace and name. */
export function listPolicies({ authority, facts, policies }: PolicyListInput): ListedPolicy[] {
  return [...facts.namespaces].sort().flatMap((name) => {
    const pair = policyPair(name, authority, facts);
    const isEnforced = authority.namespace(name).mode === 'enforce';
    const wanted = new Map(isEnforced ? [pair.block, ...pair.allow].map((policy) => [policy.metadata.name, policy]) : []);
    const existing = policies(name);
    const there = existing.map((policy): ListedPolicy => {
      if (!isOurs(policy))
        return {
          policy,
          owner: 'other',
          state: foreignState(policy, wanted.has(policy.metadata.name), isEnforced ? wideningsOf(policy, pair) : []),
        };
      const want = wanted.get(policy.metadata.name);
      return {
        policy,
        owner: 'portcullis',
        state: want === undefined ? 'orphan' : sameSpec(policy.spec, want.spec) ? 'in place' : 'drifted',
      };
    });
    const names = new Set(existing.map(({ metadata }) => metadata.name));
    const missing = [...wanted.values()].filter(({ metadata }) => !names.has(metadata.name));
    return [...there, ...missing.map((policy): ListedPolicy => ({ policy, owner: 'portcullis', state: 'missing' }))].sort(byName);
  });
}

function foreignState(policy: NetworkPolicy, takesOurName: boolean, widenings: readonly string[]): string {
  if (takesOurName) return `has the name of a policy of Portcullis (${policy.metadata.name})`;
  return widenings.join('; ');
}

function byName(a: ListedPolicy, b: ListedPolicy): number {
  return a.policy.metadata.name < b.policy.metadata.name ? -1 : 1;
}
