import { createHash } from 'node:crypto';
import { distinctRanges, formatRange, type PortRange } from '../port.ts';
import { canonicalSelector } from '../selector.ts';
import type { Dns, NamespaceEntry, Peer, Rule, Template } from './model.ts';

/** 12 hex digits of a SHA-256 over what the template means. The order of documents, namespaces, rules and ports, and all places, do not count. */
export function hashOf(template: Omit<Template, 'hash'>): string {
  return createHash('sha256').update(canonicalText(template)).digest('hex').slice(0, 12);
}

/** The meaning of a template as one text: two templates of the same text decide alike and make the same policies. */
function canonicalText({ mode, unlisted, dns, egress, exempt, namespaces }: Omit<Template, 'hash'>): string {
  const entries = namespaces.map(canonicalEntry).sort();
  return JSON.stringify({ mode, unlisted, dns: canonicalDns(dns), egress, exempt: [...new Set(exempt)].sort(), namespaces: entries });
}

/** `off`, or the peer and its ports, as one text. */
export function canonicalDns(dns: Dns): string {
  return dns === 'off' ? dns : JSON.stringify([canonicalPeer(dns.peer), canonicalPorts(dns.ports)]);
}

function canonicalEntry({ name, mode, egress, hostNetwork, hostPorts, onViolation, rules }: NamespaceEntry): string {
  const said = [name, mode ?? null, egress ?? null, hostNetwork, onViolation];
  return JSON.stringify([...said, canonicalPorts(hostPorts), [...new Set(rules.map(canonicalRule))].sort()]);
}

function canonicalRule({ name, pods, ports, direction, peers }: Rule): string {
  const ends = [...new Set(peers.map(canonicalPeer))].sort();
  return JSON.stringify([name ?? null, canonicalSelector(pods), canonicalPorts(ports), direction, ends]);
}

function canonicalPeer(peer: Peer): string {
  switch (peer.kind) {
    case 'pods':
      return JSON.stringify(['pods', peer.namespace ?? null, canonicalSelector(peer.pods)]);
    case 'cidr':
      return JSON.stringify(['cidr', peer.cidr, [...new Set(peer.except)].sort()]);
    case 'apiServer':
      return '["apiServer"]';
  }
}

function canonicalPorts(ports: readonly PortRange[]): string[] {
  return distinctRanges(ports).map(formatRange);
}
