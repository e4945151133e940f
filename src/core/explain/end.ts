import type { NetworkPolicy } from '../network-policy.ts';
import { allowName } from '../pair/allow.ts';
import { type Connection, connectionsOf } from '../pair/connections.ts';
import { isOurs } from '../pair/metadata.ts';
import { formatPort, type Port, rangeHolds } from '../port.ts';
import type { Endpoint, PodEnd } from '../reach/endpoint.ts';
import { peerMeans } from '../reach/match.ts';
import type { SideReach } from '../reach/reach.ts';
import { selects } from '../selector.ts';
import type { Setting } from './setting.ts';
import { portsWords, ruleWords } from './words.ts';

/** A policy that lets a connection through, and the rules of the template behind it. */
export interface PermittingPolicy {
  readonly policy: string;
  readonly owner: 'portcullis' | 'other';
  readonly rules: readonly string[];
}

/** What decides at one end of a connection. */
export interface EndExplanation {
  readonly end: 'leaves' | 'enters';
  readonly verdict: SideReach['verdict'];
  readonly permittedBy: readonly PermittingPolicy[];
  /** Every policy that isolates the pod in this direction. */
  readonly isolatedBy: readonly Omit<PermittingPolicy, 'rules'>[];
  /** The rules of the template that permit it here, whatever its mode. */
  readonly rules: readonly string[];
  /** Where no rule permits it: those that come nearest. */
  readonly nearest: readonly string[];
}

export interface EndQuestion {
  readonly end: 'leaves' | 'enters';
  readonly self: Endpoint;
  readonly other: Endpoint;
  readonly port: Port;
}

/** How many rules are named as the nearest. */
const NEAREST = 3;

/** Explains one end from what the policies decided there. */
export function explainEnd(question: EndQuestion, side: SideReach, setting: Setting): EndExplanation {
  const { end, self } = question;
  const permitting = self.kind === 'pod' ? templateConnections(question, self, setting).filter((one) => covers(one, question)) : [];
  const permittedBy = side.permitting.map((policy): PermittingPolicy => {
    const { owner, policy: name } = ownedPolicy(policy);
    const rules = owner === 'other' ? [] : permitting.filter(({ pods, direction }) => allowName(pods, direction) === name).map(reasonOf);
    const opens = owner === 'portcullis' && rules.length === 0 && end === 'leaves' ? ['egress: open'] : [];
    return { policy: name, owner, rules: [...new Set([...rules, ...opens])] };
  });
  const rules = [...new Set(permitting.map(reasonOf))];
  return {
    end,
    verdict: side.verdict,
    permittedBy,
    isolatedBy: side.isolating.map(ownedPolicy),
    rules,
    nearest: rules.length > 0 || self.kind !== 'pod' ? [] : nearestRules(question, self, setting),
  };
}

function ownedPolicy(policy: NetworkPolicy): Omit<PermittingPolicy, 'rules'> {
  return { policy: policy.metadata.name, owner: isOurs(policy) ? 'portcullis' : 'other' };
}

/** What the template permits at this pod, in this direction, to whomever. */
function templateConnections({ end }: EndQuestion, self: PodEnd, { authority, facts }: Setting): Connection[] {
  const direction = end === 'leaves' ? 'egress' : 'ingress';
  return connectionsOf(self.namespace, authority, facts).filter((one) => one.direction === direction && selects(one.pods, self.labels));
}

function covers({ peers, ports }: Connection, { self, other, port }: EndQuestion): boolean {
  const own = self.kind === 'pod' ? self.namespace : '';
  return ports.some((range) => rangeHolds(range, port)) && (peers === 'anywhere' || peers.some((peer) => peerMeans(peer, own, other)));
}

function reasonOf({ rule, ports }: Connection): string {
  if (rule !== undefined) return ruleWords(rule);
  return ports.some(({ from }) => from === 53 || from === 5353) ? 'defaults.dns' : "the namespace's own ports";
}

/** Rules for these pods that lack only the port or only the peer; first those that have the peer. A caller has rules of many receivers. */
function nearestRules(question: EndQuestion, self: PodEnd, setting: Setting): string[] {
  const { end, other, port } = question;
  const named = templateConnections(question, self, setting).flatMap((one) => {
    const meansOther = one.peers === 'anywhere' || one.peers.some((peer) => peerMeans(peer, self.namespace, other));
    const holds = one.ports.some((range) => rangeHolds(range, port));
    return one.rule === undefined || (end === 'leaves' && !meansOther && !holds) ? [] : [{ one, rule: one.rule, meansOther, holds }];
  });
  const ordered = [...named.filter(({ meansOther }) => meansOther), ...named.filter(({ meansOther }) => !meansOther)];
  const words = ordered.map(
    ({ one, rule, holds }) => `${ruleWords(rule)} (${holds ? `${formatPort(port)}, for others` : portsWords(one.ports)})`,
  );
  return [...new Set(words)].slice(0, NEAREST);
}
