import { distinctRanges, formatRange, type PortRange } from '../port.ts';
import { type LabelSelector, selectsEverything } from '../selector.ts';
import { API_VERSION, KIND } from './grammar.ts';
import type { Dns, NamespaceEntry, Peer, Rule, Template } from './model.ts';

/**
 * The template as one document, in the words of the grammar: what `template show` prints. Reading it gives a template of the same hash.
 * What is the default anyway is left out of the namespaces.
 */
export function renderTemplate({ mode, unlisted, dns, egress, exempt, namespaces }: Omit<Template, 'hash'>): Record<string, unknown> {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    mode,
    unlisted,
    defaults: { dns: renderDns(dns), egress },
    exempt: [...exempt],
    namespaces: namespaces.map(renderNamespace),
  };
}

function renderDns(dns: Dns): unknown {
  return dns === 'off' ? dns : { ...renderPeer(dns.peer), ports: renderPorts(dns.ports) };
}

/** One entry of `namespaces`. */
function renderNamespace({ name, mode, egress, hostNetwork, hostPorts, onViolation, rules }: NamespaceEntry): Record<string, unknown> {
  return {
    name,
    ...(mode === undefined ? {} : { mode }),
    ...(egress === undefined ? {} : { egress }),
    ...(rules.length > 0 ? { rules: rules.map(renderRule) } : {}),
    ...(hostNetwork ? { hostNetwork } : {}),
    ...(hostPorts.length > 0 ? { hostPorts: renderPorts(hostPorts) } : {}),
    ...(onViolation === 'report' ? {} : { onViolation }),
  };
}

function renderRule({ name, pods, ports, direction, peers }: Rule): Record<string, unknown> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(selectsEverything(pods) ? {} : { pods: renderSelector(pods) }),
    ports: renderPorts(ports),
    ...(peers.length > 0 ? { [direction === 'in' ? 'from' : 'to']: peers.map(renderPeer) } : {}),
  };
}

function renderPeer(peer: Peer): Record<string, unknown> {
  switch (peer.kind) {
    case 'pods':
      return {
        ...(peer.namespace === undefined ? {} : { namespace: peer.namespace }),
        ...renderPods(peer.pods, peer.namespace === undefined),
      };
    case 'cidr':
      return { cidr: peer.cidr, ...(peer.except.length > 0 ? { except: [...peer.except] } : {}) };
    case 'apiServer':
      return { apiServer: true };
  }
}

function renderPods(pods: LabelSelector, needed: boolean): { pods?: unknown } {
  return needed || !selectsEverything(pods) ? { pods: renderSelector(pods) } : {};
}

/** The shorthand where it says the same: labels only, none of which is a word of the full form. */
function renderSelector({ matchLabels, matchExpressions = [] }: LabelSelector): unknown {
  const labels = { ...matchLabels };
  const ambiguous =
    Object.keys(labels).length > 0 && Object.keys(labels).every((key) => key === 'matchLabels' || key === 'matchExpressions');
  if (matchExpressions.length === 0 && !ambiguous) return labels;
  return {
    ...(Object.keys(labels).length > 0 ? { matchLabels: labels } : {}),
    matchExpressions: matchExpressions.map((expression) => ({ ...expression })),
  };
}

/** A bare number says TCP to those who know; a rendered template says it to everybody. */
function renderPorts(ports: readonly PortRange[]): string[] {
  return distinctRanges(ports).map(formatRange);
}
