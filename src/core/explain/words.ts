import { formatLine } from '../document.ts';
import type { Grant } from '../grants.ts';
import { distinctRanges, formatRange, type PortRange } from '../port.ts';
import { formatSelector, type LabelSelector, selectsEverything } from '../selector.ts';
import type { Peer, Rule } from '../template/model.ts';

/** `rule api, template.yaml:14`; a rule without a name is known by its place alone. */
export function ruleWords({ name, place }: Pick<Rule, 'name' | 'place'>): string {
  return name === undefined ? `the rule at ${formatLine(place)}` : `rule ${name}, ${formatLine(place)}`;
}

/** `8080/TCP, 9000-9100/UDP`; `no port` for an empty list. */
export function portsWords(ports: readonly PortRange[]): string {
  return ports.length === 0 ? 'no port' : distinctRanges(ports).map(formatRange).join(', ');
}

/** `web app=front`, seen from a namespace; `own` stands for it. */
export function peerWords(peer: Peer, own: string): string {
  switch (peer.kind) {
    case 'pods':
      return podsWords(peer.namespace ?? own, peer.pods);
    case 'cidr':
      return peer.except.length === 0 ? peer.cidr : `${peer.cidr} except ${peer.except.join(', ')}`;
    case 'apiServer':
      return 'the API server';
  }
}

/** `web app=front`, `every pod of web`. */
export function podsWords(namespace: string, pods: LabelSelector): string {
  return selectsEverything(pods) ? `every pod of ${namespace}` : `${namespace} ${formatSelector(pods)}`;
}

/** Who may connect by this grant. */
export function sourcesWords({ sources }: Grant, own: string): string {
  switch (sources.kind) {
    case 'anywhere':
      return 'anywhere';
    case 'peers':
      return sources.peers.map((peer) => peerWords(peer, own)).join('; ');
    case 'callers':
      return podsWords(sources.sameNamespace ? own : sources.entry.name, sources.pods);
  }
}
