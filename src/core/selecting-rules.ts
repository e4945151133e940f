import type { Authority } from './authority.ts';
import type { LabelSelector } from './selector.ts';
import type { NamespaceEntry, Rule, Template } from './template/model.ts';
import { nameMatches } from './template/resolve.ts';

/** What selects pods: a rule, or what the template says of the name servers. */
export type Selecting = Rule | 'dns';

interface Selection {
  readonly selector: LabelSelector;
  readonly by: Selecting;
}

/**
 * The keys of the labels by which the template selects pods of a namespace, at either end of a permitted connection, each with the first that
 * does. A label of another key changes nothing that the template permits to a pod. Whether there is anybody at the other end does not
 * matter: he may come later.
 */
export function selectingRules(name: string, { template, entry }: Authority): ReadonlyMap<string, Selecting> {
  const own = entry(name);
  const selections = [...template.namespaces.flatMap((one) => selectionsIn(one, name, one === own)), ...dnsSelection(name, template)];
  const found = new Map<string, Selecting>();
  for (const { selector, by } of selections) {
    for (const key of keysOf(selector)) if (!found.has(key)) found.set(key, by);
  }
  return found;
}

/** A peer that names no namespace is in the namespace of its rule. */
function selectionsIn({ rules }: NamespaceEntry, name: string, isOwn: boolean): Selection[] {
  return rules.flatMap((rule) => [
    ...(isOwn ? [{ selector: rule.pods, by: rule }] : []),
    ...rule.peers.flatMap((peer) =>
      peer.kind === 'pods' && (peer.namespace === undefined ? isOwn : nameMatches(peer.namespace, name))
        ? [{ selector: peer.pods, by: rule }]
        : [],
    ),
  ]);
}

function dnsSelection(name: string, { dns }: Template): Selection[] {
  if (dns === 'off' || dns.peer.kind !== 'pods' || !nameMatches(dns.peer.namespace ?? name, name)) return [];
  return [{ selector: dns.peer.pods, by: 'dns' }];
}

function keysOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}
