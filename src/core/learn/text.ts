import { formatPort, formatRange } from '../port.ts';
import { type LabelSelector, selectsEverything } from '../selector.ts';
import { flowPeer, flowSelector, flowText } from '../template/flow.ts';
import { API_VERSION, KIND } from '../template/grammar.ts';
import type { Peer } from '../template/model.ts';
import type { LearnedNamespace, LearnedPeer, LearnedPeers, LearnedRule } from './learned.ts';

/** The whole template as text, with a comment on every line that was learned. The same input makes the same bytes. */
export function learnedText(namespaces: readonly LearnedNamespace[], sources: string): string {
  const lines = [
    commented('', `Learned from ${sources}. Read every line that says doubtful, then write mode: enforce.`),
    `apiVersion: ${API_VERSION}`,
    `kind: ${KIND}`,
    'mode: audit  # nothing is refused and nothing is closed yet',
    'unlisted: audit',
    'defaults:',
    '  egress: open  # what pods call was learned where a NetworkPolicy says it; declared closes it, but for what rules with a to permit',
    ...(namespaces.length === 0 ? ['namespaces: []'] : ['namespaces:']),
    ...namespaces.flatMap(namespaceLines).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** One entry of `namespaces`, as block lines. */
export function namespaceLines({ name, rules, egress, hostNetwork, hostPorts, remarks }: LearnedNamespace): string[] {
  return [
    `- name: ${flowText(name)}`,
    ...remarks.map((remark) => commented('  ', remark)),
    ...(egress === undefined ? [] : [commented('  egress: declared', egress)]),
    ...(rules.length === 0 ? [] : ['  rules:', ...rules.flatMap(ruleLines).map((line) => `    ${line}`)]),
    ...(hostNetwork === undefined ? [] : [commented('  hostNetwork: true', hostNetwork)]),
    ...(hostPorts.length === 0 ? [] : ['  hostPorts:', ...hostPortItems(hostPorts).map((line) => `    ${line}`)]),
  ];
}

/** The entries of `hostPorts`, as block lines. */
export function hostPortItems(hostPorts: LearnedNamespace['hostPorts']): string[] {
  return hostPorts.map(({ port, comment }) => commented(`- ${formatPort(port)}`, comment));
}

/** One entry of `rules`, as block lines. */
export function ruleLines({ name, comment, pods, podsComment, direction, ports, peers, remarks }: LearnedRule): string[] {
  const lines = [
    ...(name === undefined ? [] : [commented(`name: ${flowText(name)}`, comment)]),
    ...(selectsEverything(pods) ? [] : [commented(`pods: ${flowSelector(pods)}`, podsComment)]),
    commented('ports:', name === undefined ? comment : selectsEverything(pods) ? podsComment : ''),
    ...ports.map((port) => commented(`  - ${formatRange(port.range)}`, port.comment)),
    ...(direction === 'in' ? fromLines(peers) : toLines(peers)),
    ...remarks.map((remark) => commented('', remark)),
  ];
  return lines.map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
}

function fromLines(from: LearnedPeers): string[] {
  if (from.kind === 'anywhere') return from.comment === '' ? [] : [commented('', `from anywhere: ${from.comment}`)];
  return ['from:', ...peerItems(from)];
}

function toLines(to: LearnedPeers): string[] {
  const opens = peersOf(to).some(({ peer }) => peer.kind === 'pods');
  return [commented('to:', opens ? 'authorizes these ports at the pods that it names, too' : ''), ...peerItems(to)];
}

function peerItems(peers: LearnedPeers): string[] {
  return peersOf(peers).map(({ peer, comment }) => commented(`  - ${flowPeer(peer)}`, comment));
}

function peersOf(peers: LearnedPeers): readonly LearnedPeer[] {
  return peers.kind === 'anywhere' ? [] : peers.peers;
}

/** One entry of `rules` in flow style, quoted as JSON: a comment has no place there. */
export function ruleJson({ name, pods, direction, ports, peers }: LearnedRule): string {
  const ends = peersOf(peers).map(({ peer }) => peerValue(peer));
  return JSON.stringify({
    ...(name === undefined ? {} : { name }),
    ...(selectsEverything(pods) ? {} : { pods: podsValue(pods) }),
    ports: ports.map(({ range }) => formatRange(range)),
    ...(ends.length === 0 ? {} : { [direction === 'in' ? 'from' : 'to']: ends }),
  });
}

/** One entry of `namespaces` in flow style, quoted as JSON. */
export function namespaceJson({ name, rules, egress, hostNetwork, hostPorts }: LearnedNamespace): string {
  const fields = [
    `"name": ${JSON.stringify(name)}`,
    ...(egress === undefined ? [] : ['"egress": "declared"']),
    `"rules": [${rules.map(ruleJson).join(', ')}]`,
    ...(hostNetwork === undefined ? [] : ['"hostNetwork": true']),
    ...(hostPorts.length === 0 ? [] : [`"hostPorts": ${hostPortsJson(hostPorts)}`]),
  ];
  return `{${fields.join(', ')}}`;
}

/** The value of `hostPorts` in flow style. */
export function hostPortsJson(hostPorts: LearnedNamespace['hostPorts']): string {
  return JSON.stringify(hostPorts.map(({ port }) => formatPort(port)));
}

function peerValue(peer: Peer): object {
  if (peer.kind === 'apiServer') return { apiServer: true };
  if (peer.kind === 'cidr') return { cidr: peer.cidr, ...(peer.except.length === 0 ? {} : { except: peer.except }) };
  const { namespace, pods } = peer;
  if (namespace === undefined) return { pods: podsValue(pods) };
  return { namespace, ...(selectsEverything(pods) ? {} : { pods: podsValue(pods) }) };
}

function podsValue(pods: LabelSelector): unknown {
  return pods.matchExpressions === undefined ? (pods.matchLabels ?? {}) : pods;
}

/** A comment is one line, whatever the names in it hold. */
function commented(line: string, comment: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what would end the line, or hide from a reader.
  const plain = comment.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g, ' ').trim();
  if (plain === '') return line;
  return line.trim() === '' ? `${line}# ${plain}` : `${line}  # ${plain}`;
}
