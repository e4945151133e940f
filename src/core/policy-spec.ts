import type { EgressRule, IngressRule, NetworkPolicySpec, PolicyPeer, PolicyPort } from './network-policy.ts';
import type { LabelExpression, LabelSelector } from './selector.ts';

/**
 * Whether two specs mean the same to the API: an absent protocol is TCP, an absent list of peers or ports is an empty one, the order of
 * policyTypes and of label keys says nothing. The order of rules, peers and ports is compared, since the API keeps it and ours is fixed.
 */
export function sameSpec(a: NetworkPolicySpec, b: NetworkPolicySpec): boolean {
  return (
    sameSelector(a.podSelector, b.podSelector) &&
    sameTypes(a.policyTypes, b.policyTypes) &&
    sameList<IngressRule>(a.ingress, b.ingress, (x, y) => sameRule(x.from, y.from) && sameList(x.ports, y.ports, samePort)) &&
    sameList<EgressRule>(a.egress, b.egress, (x, y) => sameRule(x.to, y.to) && sameList(x.ports, y.ports, samePort))
  );
}

function sameRule(a: readonly PolicyPeer[] | undefined, b: readonly PolicyPeer[] | undefined): boolean {
  return sameList(a, b, samePeer);
}

function samePeer(a: PolicyPeer, b: PolicyPeer): boolean {
  return (
    sameOptionalSelector(a.podSelector, b.podSelector) &&
    sameOptionalSelector(a.namespaceSelector, b.namespaceSelector) &&
    a.ipBlock?.cidr === b.ipBlock?.cidr &&
    sameTexts(a.ipBlock?.except, b.ipBlock?.except)
  );
}

function samePort(a: PolicyPort, b: PolicyPort): boolean {
  return (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP') && a.port === b.port && a.endPort === b.endPort;
}

/** An absent namespaceSelector means the policy's own namespace, an empty one means every namespace: these two differ. */
function sameOptionalSelector(a: LabelSelector | undefined, b: LabelSelector | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameSelector(a, b);
}

function sameSelector(a: LabelSelector, b: LabelSelector): boolean {
  const before = a.matchLabels ?? {};
  const after = b.matchLabels ?? {};
  const keys = Object.keys(before);
  return (
    keys.length === Object.keys(after).length &&
    keys.every((key) => Object.hasOwn(after, key) && before[key] === after[key]) &&
    sameList(a.matchExpressions, b.matchExpressions, sameExpression)
  );
}

function sameExpression(a: LabelExpression, b: LabelExpression): boolean {
  return a.key === b.key && a.operator === b.operator && sameTexts(a.values, b.values);
}

function sameTypes(a: readonly string[], b: readonly string[]): boolean {
  return sameTexts([...new Set(a)].sort(), [...new Set(b)].sort());
}

function sameTexts(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return sameList(a, b, (x, y) => x === y);
}

function sameList<T extends object | string>(a: readonly T[] = [], b: readonly T[] = [], same: (x: T, y: T) => boolean): boolean {
  if (a.length !== b.length) return false;
  return a.every((item, index) => {
    const other = b[index];
    return other !== undefined && same(item, other);
  });
}
