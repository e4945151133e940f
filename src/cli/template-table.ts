import type { Authority } from '../core/authority.ts';
import { formatLine } from '../core/document.ts';
import { distinctRanges, formatRange } from '../core/port.ts';
import { formatSelector, type LabelSelector, selectsEverything } from '../core/selector.ts';
import type { NamespaceEntry, Peer, Rule } from '../core/template/model.ts';
import { type DetailedRow, detailedTable } from './detailed-table.ts';
import type { Column } from './fit-columns.ts';
import type { Io } from './io.ts';

const COLUMNS: readonly Column[] = [
  { header: 'NAMESPACE', shortest: 12 },
  { header: 'MODE' },
  { header: 'BY', shortest: 8 },
  { header: 'RULE', shortest: 8 },
  { header: 'PODS', shortest: 8 },
];

/** The template as people read it: a line for each rule, then what holds for the namespaces that have none. Fits the terminal. Ends with a newline. */
export function templateTable(authority: Authority, io: Pick<Io, 'columns'>): string {
  const { template, exempt } = authority;
  const rows = template.namespaces.flatMap((entry) => entryRows(entry, authority));
  const place = template.unlistedPlace;
  const unlisted = bare('(unlisted)', template.unlisted, place === undefined ? 'the built-in default' : formatLine(place));
  const exempted = exempt.map((name) => bare(name, 'off', 'exempt'));
  return detailedTable({ columns: COLUMNS, rows: [...rows, unlisted, ...exempted], detail: 'PERMITTED' }, io);
}

/** A namespace without rules of its own. */
function bare(...head: readonly string[]): DetailedRow {
  return { cells: [...head, '-', '-'], detail: '' };
}

function entryRows(entry: NamespaceEntry, { template }: Authority): DetailedRow[] {
  const byDefault = template.modePlace === undefined ? 'the built-in default' : `the default of ${formatLine(template.modePlace)}`;
  const head = [entry.name, entry.mode ?? template.mode, entry.mode === undefined ? byDefault : formatLine(entry.place)];
  const grants = [
    ...(entry.hostNetwork ? [{ cells: ['hostNetwork', '*'], detail: 'every port of the node' }] : []),
    ...(entry.hostPorts.length > 0 ? [{ cells: ['hostPorts', '*'], detail: `${portsText(entry.hostPorts)} of the node` }] : []),
  ];
  const lines = [...entry.rules.map(ruleRow), ...grants];
  return (lines.length === 0 ? [{ cells: ['-', '-'], detail: 'nothing' }] : lines).map(({ cells, detail }) => ({
    cells: [...head, ...cells],
    detail,
  }));
}

function ruleRow({ name, place, pods, ports, direction, peers }: Rule): DetailedRow {
  const peersText = peers.length === 0 ? 'from anywhere' : `${direction === 'in' ? 'from' : 'to'} ${peers.map(peerText).join('; ')}`;
  return {
    cells: [name ?? formatLine(place), selectorText(pods)],
    detail: ports.length === 0 ? 'nothing' : `${portsText(ports)} ${peersText}`,
  };
}

function portsText(ports: Rule['ports']): string {
  return distinctRanges(ports).map(formatRange).join(', ');
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
