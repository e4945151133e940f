import type { NamespaceEntry, Peer, Rule, Template } from '../../src/core/template/model.ts';
import { type Endpoint, labelsMatch, type PortNumber } from './netpol-evaluator.ts';

/**
 * What a template permits, read off the words of the contract rule by rule, with no index and no code of src: the independent judge of
 * the gate and of the generated pair. Only for universes where every endpoint is a pod.
 */

/** The namespaces of this universe that are enforced have both policies; the others have none. */
export function permits(template: Template, from: Endpoint, to: Endpoint, port: PortNumber): boolean {
  return leaves(template, from, to, port) && enters(template, from, to, port);
}

/** Whether the gate authorizes the port: the pod is at the receiving end of some rule. */
export function authorizes(template: Template, pod: Endpoint, port: PortNumber): boolean {
  return allRules(template).some(({ entry, rule }) => {
    if (!covers(rule, port)) return false;
    if (rule.direction === 'in') return belongs(template, entry, pod.namespace) && labelsMatch(rule.pods, pod.labels);
    return rule.peers.some((peer) => peer.kind === 'pods' && peerIs(template, entry, peer, pod));
  });
}

export function isEnforced(template: Template, namespace: string): boolean {
  if (template.exempt.some((pattern) => fits(pattern, namespace))) return false;
  const entry = entryFor(template, namespace);
  return (entry === undefined ? template.unlisted.replace('deny', 'enforce') : (entry.mode ?? template.mode)) === 'enforce';
}

function enters(template: Template, from: Endpoint, to: Endpoint, port: PortNumber): boolean {
  if (!isEnforced(template, to.namespace)) return true;
  return allRules(template).some(({ entry, rule }) => {
    if (!covers(rule, port)) return false;
    if (rule.direction === 'in') {
      if (!belongs(template, entry, to.namespace) || !labelsMatch(rule.pods, to.labels)) return false;
      return rule.peers.length === 0 || rule.peers.some((peer) => peerIs(template, entry, peer, from, to.namespace));
    }
    return isCall(template, { entry, rule }, from, to);
  });
}

function leaves(template: Template, from: Endpoint, to: Endpoint, port: PortNumber): boolean {
  if (!isEnforced(template, from.namespace)) return true;
  const own = entryFor(template, from.namespace);
  if ((own?.egress ?? template.egress) === 'open') return true;
  if (template.dns !== 'off' && template.dns.ports.some((range) => holds(range, port)) && dnsIs(template.dns.peer, to)) return true;
  if (from.namespace === to.namespace && someoneIsAuthorized(template, to.namespace, port)) return true;
  return allRules(template).some(({ entry, rule }) => {
    if (!covers(rule, port)) return false;
    if (rule.direction === 'out') {
      if (!belongs(template, entry, from.namespace) || !labelsMatch(rule.pods, from.labels)) return false;
      return rule.peers.some((peer) => peerIs(template, entry, peer, to, from.namespace));
    }
    if (!belongsOrExempt(template, entry, to.namespace) || !labelsMatch(rule.pods, to.labels)) return false;
    return rule.peers.some((peer) => peer.kind === 'pods' && peerIs(template, entry, peer, from, to.namespace));
  });
}

/** A `to:` of the caller's namespace that names the receiver. */
function isCall(template: Template, { entry, rule }: { entry: NamespaceEntry; rule: Rule }, from: Endpoint, to: Endpoint): boolean {
  if (!belongsOrExempt(template, entry, from.namespace) || !labelsMatch(rule.pods, from.labels)) return false;
  return rule.peers.some((peer) => peer.kind === 'pods' && peerIs(template, entry, peer, to, from.namespace));
}

/** `owner`: the namespace of the pods of the rule; a peer without a namespace is in it. */
function peerIs(template: Template, entry: NamespaceEntry, peer: Peer, other: Endpoint, owner?: string): boolean {
  switch (peer.kind) {
    case 'pods': {
      if (!labelsMatch(peer.pods, other.labels)) return false;
      if (peer.namespace !== undefined) return fits(peer.namespace, other.namespace);
      return owner === undefined ? belongs(template, entry, other.namespace) : other.namespace === owner;
    }
    case 'cidr':
      return false;
    case 'apiServer':
      return false;
  }
}

function dnsIs(peer: Peer, other: Endpoint): boolean {
  return (
    peer.kind === 'pods' && peer.namespace !== undefined && fits(peer.namespace, other.namespace) && labelsMatch(peer.pods, other.labels)
  );
}

function someoneIsAuthorized(template: Template, namespace: string, port: PortNumber): boolean {
  return allRules(template).some(({ entry, rule }) => {
    if (!covers(rule, port)) return false;
    if (rule.direction === 'in') return belongs(template, entry, namespace);
    return rule.peers.some(
      (peer) =>
        peer.kind === 'pods' && (peer.namespace === undefined ? belongs(template, entry, namespace) : fits(peer.namespace, namespace)),
    );
  });
}

function allRules(template: Template): { entry: NamespaceEntry; rule: Rule }[] {
  return template.namespaces.flatMap((entry) => entry.rules.map((rule) => ({ entry, rule })));
}

function covers(rule: Rule, port: PortNumber): boolean {
  return rule.ports.some((range) => holds(range, port));
}

function holds(range: { from: number; to: number; protocol: string }, port: PortNumber): boolean {
  return range.protocol === port.protocol && range.from <= port.number && range.to >= port.number;
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Exact beats prefix, the longer prefix beats the shorter. */
function entryFor(template: Template, namespace: string): NamespaceEntry | undefined {
  const fitting = template.namespaces.filter((entry) => fits(entry.name, namespace));
  const rank = (entry: NamespaceEntry) => (entry.name.endsWith('*') ? entry.name.length : Number.POSITIVE_INFINITY);
  return fitting.sort((a, b) => rank(b) - rank(a))[0];
}

function belongs(template: Template, entry: NamespaceEntry, namespace: string): boolean {
  return !template.exempt.some((pattern) => fits(pattern, namespace)) && entryFor(template, namespace) === entry;
}

/** The far end of a connection may lie in an exempt namespace that the template describes by its exact name. */
function belongsOrExempt(template: Template, entry: NamespaceEntry, namespace: string): boolean {
  return entry.name === namespace || belongs(template, entry, namespace);
}
