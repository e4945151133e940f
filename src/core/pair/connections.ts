import type { Authority } from '../authority.ts';
import type { Grant } from '../grants.ts';
import type { PolicyPeer } from '../network-policy.ts';
import { distinctRanges, type PortRange } from '../port.ts';
import { EVERYTHING, type LabelSelector } from '../selector.ts';
import type { NamespaceEntry, PodsPeer, Rule } from '../template/model.ts';
import { nameMatches } from '../template/resolve.ts';
import { type ClusterFacts, podsIn, podsPeer, policyPeers } from './peers.ts';

/** One permitted connection as the policies of one namespace see it: pods of the namespace at one end, peers at the other. */
export interface Connection {
  readonly direction: 'ingress' | 'egress';
  /** The pods of this namespace. */
  readonly pods: LabelSelector;
  /** `anywhere`, or a list that is never empty. */
  readonly peers: 'anywhere' | readonly PolicyPeer[];
  /** Never empty. */
  readonly ports: readonly PortRange[];
  /** The rule that permits it; absent: DNS, or the namespace's own ports. */
  readonly rule?: Rule;
}

/** Everything that the template permits at the pods of a namespace, both directions. Connections that would mean nobody are left out. */
export function connectionsOf(name: string, authority: Authority, facts: ClusterFacts): Connection[] {
  const input = { name, authority, facts };
  const all = [...ingress(input), ...ownEgress(input), ...calledEgress(input), ...dnsEgress(input), ...egressWithinNamespace(input)];
  return all.filter(({ ports, peers }) => ports.length > 0 && peers.length > 0);
}

interface Input {
  readonly name: string;
  readonly authority: Authority;
  readonly facts: ClusterFacts;
}

/** The receiving ends: exactly the grants by which the gate authorizes ports. */
function ingress({ name, authority, facts }: Input): Connection[] {
  return authority.grants(name).all.map((grant) => ({
    direction: 'ingress' as const,
    pods: grant.selector,
    peers: sourcesOf(grant, { name, authority, facts }),
    ports: grant.ports,
    rule: grant.rule,
  }));
}

function sourcesOf({ sources }: Grant, { name, authority, facts }: Input): Connection['peers'] {
  switch (sources.kind) {
    case 'anywhere':
      return 'anywhere';
    case 'peers':
      return sources.peers.flatMap((peer) => policyPeers(peer, name, facts));
    case 'callers':
      return podsIn(sources.sameNamespace ? [name] : namespacesOf(sources.entry, authority, facts), sources.pods, name);
  }
}

/** The calling end of the namespace's own `to:` rules. */
function ownEgress({ name, authority, facts }: Input): Connection[] {
  const rules = authority.entry(name)?.rules.filter(({ direction }) => direction === 'out') ?? [];
  return rules.map((rule) => ({
    direction: 'egress' as const,
    pods: rule.pods,
    peers: rule.peers.flatMap((peer) => policyPeers(peer, name, facts)),
    ports: rule.ports,
    rule,
  }));
}

/** The calling end of `from:` rules, of any namespace, that name pods of this one. */
function calledEgress({ name, authority, facts }: Input): Connection[] {
  return authority.template.namespaces.flatMap((entry) =>
    entry.rules
      .filter(({ direction }) => direction === 'in')
      .flatMap((rule) =>
        rule.peers
          .filter((peer): peer is PodsPeer => peer.kind === 'pods' && meansNamespace(peer, entry, { name, authority }))
          .map((peer) => ({
            direction: 'egress' as const,
            pods: peer.pods,
            peers: podsIn(peer.namespace === undefined ? [name] : namespacesOf(entry, authority, facts), rule.pods, name),
            ports: rule.ports,
            rule,
          })),
      ),
  );
}

function meansNamespace(peer: PodsPeer, entry: NamespaceEntry, { name, authority }: Pick<Input, 'name' | 'authority'>): boolean {
  return peer.namespace === undefined ? authority.entry(name) === entry : nameMatches(peer.namespace, name);
}

/** The namespaces that an entry describes: its own name, or those that exist, match its prefix and no better entry. */
function namespacesOf(entry: NamespaceEntry, authority: Authority, facts: ClusterFacts): readonly string[] {
  return entry.name.endsWith('*') ? facts.namespaces.filter((name) => authority.entry(name) === entry) : [entry.name];
}

function dnsEgress({ name, authority, facts }: Input): Connection[] {
  const { dns } = authority.template;
  if (dns === 'off') return [];
  return [{ direction: 'egress', pods: EVERYTHING, peers: policyPeers(dns.peer, name, facts), ports: dns.ports }];
}

/** Pods of one namespace may call its authorized ports; the ingress of the receiver still obeys its `from`. */
function egressWithinNamespace({ name, authority, facts }: Input): Connection[] {
  const ports = distinctRanges(authority.grants(name).all.flatMap((grant) => grant.ports));
  return [{ direction: 'egress', pods: EVERYTHING, peers: podsPeer(name, EVERYTHING, { own: name, facts }), ports }];
}
