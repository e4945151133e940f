import { familyOf } from '../address.ts';
import { formatLine } from '../document.ts';
import { policyPeers } from '../pair/peers.ts';
import { formatRange, type PortRange, rangeHolds } from '../port.ts';
import type { Endpoint, PodEnd } from '../reach/endpoint.ts';
import { peerMeans } from '../reach/match.ts';
import { suggestedLabels } from '../remedy.ts';
import { type LabelSelector, selects } from '../selector.ts';
import { flowPeer, flowSelector, flowText } from '../template/flow.ts';
import type { NamespaceEntry, Peer, Rule, Template } from '../template/model.ts';
import { withEntry, withRule } from './edited-template.ts';
import type { Connecting, Setting } from './setting.ts';
import { ruleWords } from './words.ts';

/** A change of the template that a person can type. */
export interface TemplateEdit {
  /** `add 9090/TCP to the ports of rule api, template.yaml:14`. */
  readonly sentence: string;
  /** The lines as they are to be written there. */
  readonly lines: readonly string[];
}

/** A change, and the template that it makes: so that it can be tried before it is proposed. */
export interface EditCandidate extends TemplateEdit {
  readonly template: Template;
}

/** Edits that may permit a connection, from the shortest on: a port more for a rule, a peer more, a rule more. They are not tried yet. */
export function editCandidates(asked: Connecting, setting: Setting): EditCandidate[] {
  const { from, to, port } = asked;
  const range = { from: port.number, to: port.number, protocol: port.protocol };
  const ends: EndOfRule[] = [
    ...(to.kind === 'pod' ? [{ self: to, other: from, direction: 'in' as const, setting, range }] : []),
    ...(from.kind === 'pod' ? [{ self: from, other: to, direction: 'out' as const, setting, range }] : []),
  ];
  return [...ends.flatMap(morePorts), ...ends.flatMap(morePeers), ...ends.flatMap(newRule)];
}

/** One end of the connection, at whose namespace a rule could be written. */
interface EndOfRule {
  readonly self: PodEnd;
  readonly other: Endpoint;
  readonly direction: Rule['direction'];
  readonly setting: Setting;
  readonly range: PortRange;
}

function morePorts(end: EndOfRule): EditCandidate[] {
  const { other, self, setting, range, direction } = end;
  return rulesOf(end).flatMap((rule) => {
    const isMeant =
      (direction === 'in' && rule.peers.length === 0) ||
      rule.peers.some((peer) => policyPeers(peer, self.namespace, setting.facts).some((one) => peerMeans(one, self.namespace, other)));
    if (!isMeant || holds(rule, range)) return [];
    const ports = [...rule.ports, range];
    return [
      {
        sentence: `add ${formatRange(range)} to the ports of ${ruleWords(rule)}`,
        lines: [`ports: [${ports.map(formatRange).join(', ')}]`],
        template: withRule(setting.authority, rule, { ...rule, ports }),
      },
    ];
  });
}

function morePeers(end: EndOfRule): EditCandidate[] {
  const peers = peersFor(end);
  return rulesOf(end).flatMap((rule) => {
    if (!holds(rule, end.range) || rule.peers.length === 0 || peers.length === 0) return [];
    const word = end.direction === 'in' ? 'from' : 'to';
    return [
      {
        sentence: `add to the ${word} of ${ruleWords(rule)}`,
        lines: peers.map((peer) => `- ${flowPeer(peer)}`),
        template: withRule(end.setting.authority, rule, { ...rule, peers: [...rule.peers, ...peers] }),
      },
    ];
  });
}

function newRule(end: EndOfRule): EditCandidate[] {
  const { self, setting, range, direction } = end;
  const { authority } = setting;
  const peers = peersFor(end);
  if (authority.namespace(self.namespace).exempt || self.hostNetwork || peers.length === 0) return [];
  const pods = selectorFor(self);
  const entry = authority.entry(self.namespace);
  const rule: Rule = { place: entry?.place ?? { document: 'template', line: 1, column: 1 }, pods, ports: [range], direction, peers };
  const words = [
    ...(pods.matchLabels === undefined ? [] : [`pods: ${flowSelector(pods)}`]),
    `ports: [${formatRange(range)}]`,
    `${direction === 'in' ? 'from' : 'to'}: [${peers.map(flowPeer).join(', ')}]`,
  ];
  const lines = ['rules:', ...words.map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}`)];
  if (entry !== undefined) {
    const sentence = `add under namespace ${entry.name}, ${formatLine(entry.place)}`;
    return [{ sentence, lines, template: withEntry(authority, entry, { ...entry, rules: [...entry.rules, rule] }) }];
  }
  return [newEntry(end, rule, lines)];
}

/** The namespace is listed with its rule, and keeps its mode. */
function newEntry({ self, setting }: EndOfRule, rule: Rule, lines: readonly string[]): EditCandidate {
  const { template } = setting.authority;
  const { mode } = setting.authority.namespace(self.namespace);
  const said = mode === template.mode ? {} : { mode };
  const { place } = rule;
  const made: NamespaceEntry = {
    ...said,
    name: self.namespace,
    place,
    hostNetwork: false,
    hostPorts: [],
    onViolation: 'report',
    rules: [rule],
  };
  const words = [
    `- name: ${flowText(self.namespace)}`,
    ...('mode' in said ? [`  mode: ${mode}`] : []),
    ...lines.map((line) => `  ${line}`),
  ];
  return { sentence: 'add under namespaces', lines: words, template: { ...template, namespaces: [...template.namespaces, made] } };
}

/** The rules of the namespace that are about these pods, in this direction. */
function rulesOf({ self, direction, setting }: EndOfRule): readonly Rule[] {
  const rules = setting.authority.entry(self.namespace)?.rules ?? [];
  return rules.filter((rule) => rule.direction === direction && selects(rule.pods, self.labels));
}

function holds({ ports }: Rule, { from, protocol }: PortRange): boolean {
  return ports.some((range) => rangeHolds(range, { number: from, protocol }));
}

/** The other end as peers of a rule at this one. A pod of the host network is the addresses of its node. */
function peersFor({ self, other }: EndOfRule): Peer[] {
  const addresses = other.kind === 'address' ? [other.address] : other.hostNetwork ? other.addresses : undefined;
  if (addresses !== undefined) {
    return addresses.map((address) => ({ kind: 'cidr', cidr: `${address}/${familyOf(address) === 4 ? 32 : 128}`, except: [] }));
  }
  if (other.kind === 'address') return [];
  const namespace = other.namespace === self.namespace ? {} : { namespace: other.namespace };
  return [{ kind: 'pods', ...namespace, pods: selectorFor(other) }];
}

function selectorFor({ labels }: PodEnd): LabelSelector {
  const matchLabels = suggestedLabels(labels);
  return Object.keys(matchLabels).length === 0 ? {} : { matchLabels };
}
