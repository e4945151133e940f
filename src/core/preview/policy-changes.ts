import type { Authority } from '../authority.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import type { ClusterFacts } from '../pair/peers.ts';
import { policyPair } from '../policy-pair.ts';

/** A policy that would be made, changed or removed. Without annotations, which change with every edit. */
export interface PolicyChange {
  readonly namespace: string;
  readonly name: string;
  readonly before?: NetworkPolicy;
  readonly after?: NetworkPolicy;
  /** The namespace is not enforced: the policy is shown, and not applied. */
  readonly shownOnly: boolean;
}

/** The policies of these templates that differ, by namespace and name. */
export function policyChanges(before: Authority, after: Authority, facts: ClusterFacts): PolicyChange[] {
  return [...facts.namespaces].sort().flatMap((namespace) => {
    const [old, now] = [policiesOf(namespace, before, facts), policiesOf(namespace, after, facts)];
    const names = [...new Set([...old.keys(), ...now.keys()])].sort();
    return names.flatMap((name) => {
      const [one, other] = [old.get(name), now.get(name)];
      if (JSON.stringify(one) === JSON.stringify(other)) return [];
      const shownOnly = ![before, after].some((authority) => authority.namespace(namespace).mode === 'enforce');
      return [
        { namespace, name, shownOnly, ...(one === undefined ? {} : { before: one }), ...(other === undefined ? {} : { after: other }) },
      ];
    });
  });
}

/** None for a namespace that is off. Audit is shown as it would be enforced, unless the mode itself changes. */
function policiesOf(namespace: string, authority: Authority, facts: ClusterFacts): ReadonlyMap<string, NetworkPolicy> {
  const { mode, entry } = authority.namespace(namespace);
  if (mode === 'off' || (mode === 'audit' && entry === undefined)) return new Map();
  const { block, allow } = policyPair(namespace, authority, facts);
  return new Map([block, ...allow].map((policy) => [policy.metadata.name, bare(policy)]));
}

/** Annotations say by which template and rules a policy was made: they change where nothing does. */
function bare(policy: NetworkPolicy): NetworkPolicy {
  const { annotations: _, ...metadata } = policy.metadata;
  return { ...policy, metadata };
}
