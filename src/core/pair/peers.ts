import { NAMESPACE_NAME_LABEL } from '../names.ts';
import type { PolicyPeer } from '../network-policy.ts';
import { canonicalSelector, type LabelSelector } from '../selector.ts';
import type { CidrPeer, Peer } from '../template/model.ts';
import { nameMatches } from '../template/resolve.ts';

/** What the policies depend on beside the template. */
export interface ClusterFacts {
  /** The names of the namespaces that exist; a pattern peer means those of them that it matches. */
  readonly namespaces: readonly string[];
  /** The addresses of the API server, from the EndpointSlices of default/kubernetes. Empty where there is no cluster. */
  readonly apiServer: readonly string[];
}

/**
 * The peers of a policy rule for one peer of the template, seen from a namespace. An empty list means that nobody is meant, never
 * everybody: the caller must leave the rule out (a rule without peers allows all).
 */
export function policyPeers(peer: Peer, own: string, facts: ClusterFacts): PolicyPeer[] {
  switch (peer.kind) {
    case 'pods':
      return podsPeer(peer.namespace ?? own, peer.pods, { own, facts });
    case 'cidr':
      return [ipBlock(peer)];
    case 'apiServer':
      return facts.apiServer.map((address) => ({ ipBlock: { cidr: address.includes(':') ? `${address}/128` : `${address}/32` } }));
  }
}

/** Pods of the namespaces that a name or pattern means. */
export function podsPeer(
  pattern: string,
  pods: LabelSelector,
  { own, facts }: { readonly own: string; readonly facts: ClusterFacts },
): PolicyPeer[] {
  const names = pattern.endsWith('*') ? facts.namespaces.filter((name) => nameMatches(pattern, name)) : [pattern];
  return podsIn(names, pods, own);
}

/** Pods of namespaces given by name; none for an empty list. */
export function podsIn(names: readonly string[], pods: LabelSelector, own: string): PolicyPeer[] {
  const podSelector = canonicalSelector(pods);
  const [first, ...more] = [...new Set(names)].sort();
  if (first === undefined) return [];
  if (more.length === 0) {
    return first === own ? [{ podSelector }] : [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: first } }, podSelector }];
  }
  const matchExpressions = [{ key: NAMESPACE_NAME_LABEL, operator: 'In' as const, values: [first, ...more] }];
  return [{ namespaceSelector: { matchExpressions }, podSelector }];
}

/** Addresses outside of the cluster. */
function ipBlock({ cidr, except }: CidrPeer): PolicyPeer {
  return { ipBlock: { cidr, ...(except.length > 0 ? { except: [...except] } : {}) } };
}
