import type { Authority } from '../core/authority.ts';
import { formatLine } from '../core/document.ts';
import { distinctRanges, formatRange } from '../core/port.ts';
import { formatSelector, type LabelSelector, selectsEverything } from '../core/selector.ts';
import type { NamespaceEntry, Peer, Rule } from '../core/template/model.ts';
import { table } from './table.ts';

const HEADER = ['NAMESPACE', 'MODE', 'BY', 'RULE', 'PODS', 'PORTS', 'PEERS'];

/** The template as people read it: a line for each rule, then what holds for the namespaces that have none. Ends with a newline. */
export function templateTable(authority: Authority): string {
  const { template, exempt } = authority;
  const rows = template.namespaces.flatMap((entry) => entryRows(entry, authority));
  const place = template.unlistedPlace;
  const unlisted = ['(unlisted)', template.unlisted, place === undefined ? 'the built-in default' : formatLine(place), '-', '-', '-', '-'];
  return table(HEADER, [...rows, unlisted, ...exempt.map((name) => [name, 'off', 'exempt', '-', '-', '-', '-'])]);
}

function entryRows(entry: NamespaceEntry, { template }: Authority): string[][] {
  const byDefault = template.modePlace === undefined ? 'the built-in default' : `the default of ${formatLine(template.modePlace)}`;
  const head = [entry.name, entry.mode ?? template.mode, entry.mode === undefined ? byDefault : formatLine(entry.place)];
  const grants = [
    ...(entry.hostNetwork ? [['hostNetwork', '*', 'every port of the node', '-']] : []),
    ...(entry.hostPorts.length > 0 ? [['hostPorts', '*', portsText(entry.hostPorts), '-']] : []),
  ];
  const lines = [...entry.rules.map(ruleCells), ...grants];
  return (lines.length === 0 ? [['-', '-', 'none', '-']] : lines).map((cells) => [...head, ...cells]);
}

function ruleCells({ name, place, pods, ports, direction, peers }: Rule): string[] {
  const peersText = peers.length === 0 ? 'from anywhere' : `${direction === 'in' ? 'from' : 'to'} ${peers.map(peerText).join('; ')}`;
  return [name ?? formatLine(place), selectorText(pods), portsText(ports), peersText];
}

function portsText(ports: Rule['ports']): string {
  return ports.length === 0 ? 'none' : distinctRanges(ports).map(formatRange).join(', ');
}

function peerText(peer: Peer): string {
  switch (peer.kind) {
    case 'pods':
      return `${peer.namespace ?? '(same namespace)'}/${selectorText(peer.pods)}`;
    case 'cidr':
      return peer.except.length === 0 ? peer.cidr : `${peer.cidr} except ${peer.except.join(', ')}`;
    case 'apiServer':
      return 'the API server';
  }
}

function selectorText(selector: LabelSelector): string {
  return selectsEverything(selector) ? '*' : formatSelector(selector);
}
