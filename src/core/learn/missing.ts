import type { Authority } from '../authority.ts';
import { grantOf, podGrants } from '../grants.ts';
import { formatPort, type PortRange, rangeHolds } from '../port.ts';
import { selects } from '../selector.ts';
import { flowPeer } from '../template/flow.ts';
import type { Rule } from '../template/model.ts';
import type { LearnedNamespace, LearnedRule } from './learned.ts';

/** What one entry of a template lacks; no entry: it is to be made. */
export interface MissingPart {
  readonly entry?: string;
  readonly namespace: LearnedNamespace;
}

/**
 * What was learned and a template does not permit yet. A pattern that describes several namespaces gets the rules of all: an entry of
 * their own would hide what it says. Rules get names that are free there.
 */
export function missingFrom(authority: Authority, namespaces: readonly LearnedNamespace[]): MissingPart[] {
  const parts = new Map<string, MissingPart>();
  for (const namespace of namespaces) {
    const entry = authority.entry(namespace.name);
    const lacking = lackOf(namespace, authority);
    if (authority.namespace(namespace.name).exempt || (entry !== undefined && isNothing(lacking))) continue;
    if (entry === undefined) parts.set(namespace.name, { namespace: lacking });
    else parts.set(entry.name, { entry: entry.name, namespace: joined(parts.get(entry.name)?.namespace, lacking) });
  }
  return [...parts.values()].map(({ namespace, ...part }) => ({
    ...part,
    namespace: { ...namespace, rules: renamed(namespace, authority) },
  }));
}

function lackOf({ hostNetwork, ...namespace }: LearnedNamespace, authority: Authority): LearnedNamespace {
  const entry = authority.entry(namespace.name);
  return {
    ...namespace,
    ...(hostNetwork === undefined || entry?.hostNetwork === true ? {} : { hostNetwork }),
    rules: namespace.rules.flatMap((rule) => missingRule(rule, namespace.name, authority)),
    hostPorts: namespace.hostPorts.filter(({ port }) => !entry?.hostPorts.some((range) => rangeHolds(range, port))),
  };
}

function missingRule(rule: LearnedRule, namespace: string, authority: Authority): LearnedRule[] {
  const grants = podGrants(authority.grants(namespace), rule.labels);
  const ports = rule.ports.filter(({ range }) =>
    rule.direction === 'in'
      ? grantOf(grants, { number: range.from, protocol: range.protocol }) === undefined
      : !mayCall(rule, range, authority.entry(namespace)?.rules ?? []),
  );
  return ports.length === 0 ? [] : [{ ...rule, ports }];
}

/** Whether rules with `to` permit the calls to every peer of the rule already, in the same words. */
function mayCall({ peers, labels }: LearnedRule, range: PortRange, rules: readonly Rule[]): boolean {
  const holding = rules.filter(
    ({ direction, pods, ports }) => direction === 'out' && selects(pods, labels) && ports.some((one) => rangeWithin(range, one)),
  );
  const permitted = new Set(holding.flatMap((rule) => rule.peers.map(flowPeer)));
  return peers.kind === 'peers' && peers.peers.every(({ peer }) => permitted.has(flowPeer(peer)));
}

function rangeWithin(inner: PortRange, outer: PortRange): boolean {
  return inner.protocol === outer.protocol && outer.from <= inner.from && inner.to <= outer.to;
}

function isNothing({ rules, hostPorts, hostNetwork }: LearnedNamespace): boolean {
  return rules.length === 0 && hostPorts.length === 0 && hostNetwork === undefined;
}

function joined(before: LearnedNamespace | undefined, more: LearnedNamespace): LearnedNamespace {
  if (before === undefined) return more;
  const hostPorts = [...before.hostPorts, ...more.hostPorts];
  return {
    ...more,
    ...before,
    rules: [...before.rules, ...more.rules],
    hostPorts: [...new Map(hostPorts.map((one) => [formatPort(one.port), one])).values()],
  };
}

function renamed({ name: namespace, rules }: LearnedNamespace, authority: Authority): LearnedRule[] {
  const taken = new Set((authority.entry(namespace)?.rules ?? []).flatMap(({ name }) => name ?? []));
  return rules.map(({ name, ...rule }) => {
    if (name === undefined) return rule;
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name}-${count}`;
    taken.add(free);
    return { ...rule, name: free };
  });
}
