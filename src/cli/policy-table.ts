import type { ListedPolicy, PolicyState } from '../app/policy-list.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { isOurs } from '../core/pair/metadata.ts';
import { openedBy } from '../core/pair/widening.ts';
import { printable } from '../core/printable.ts';
import { formatSelector } from '../core/selector.ts';
import { age } from './age.ts';
import { colors } from './color.ts';
import { type DetailedRow, detailedTable } from './detailed-table.ts';
import type { Column } from './fit-columns.ts';
import type { Io } from './io.ts';

type Terminal = Pick<Io, 'color' | 'columns'>;

const SHORTEST_NAME = 10;

const PLAIN: readonly Column[] = [
  { header: 'NAMESPACE', shortest: SHORTEST_NAME },
  { header: 'NAME', shortest: SHORTEST_NAME },
  { header: 'POD-SELECTOR', shortest: SHORTEST_NAME },
  { header: 'AGE' },
];

/** NAMESPACE, NAME, POD-SELECTOR, AGE: the list of the running example, as `kubectl get networkpolicies -A` prints it. */
export function plainPolicyTable(policies: readonly NetworkPolicy[], now: Date, io: Pick<Io, 'columns'> = {}): string {
  const rows = policies.map((policy) => ({ cells: plainCells(policy, now), detail: '' }));
  return detailedTable({ columns: PLAIN, rows }, io);
}

/** The same list with the owner, the directions and everything that each policy opens. */
export function widePolicyTable(policies: readonly NetworkPolicy[], now: Date, io: Pick<Io, 'columns'>): string {
  const columns = [...PLAIN, { header: 'OWNER' }, { header: 'TYPES' }];
  const rows = policies.map((policy) => ({
    cells: [...plainCells(policy, now), isOurs(policy) ? 'portcullis' : 'other', typesOf(policy)],
    detail: openedText(policy),
  }));
  return detailedTable({ columns, rows, detail: 'OPENS' }, io);
}

/** The list with the owner and how each policy stands to the template; `wide`: with the directions and everything that each opens. */
export function comparedTable(
  listed: readonly ListedPolicy[],
  { now, wide }: { readonly now: Date; readonly wide: boolean },
  io: Terminal,
): string {
  const columns = [...PLAIN, { header: 'OWNER' }, ...(wide ? [{ header: 'TYPES' }] : []), { header: 'STATE' }];
  const rows = listed.map(
    ({ policy, owner, state, widens }): DetailedRow => ({
      cells: [...plainCells(policy, now), owner, ...(wide ? [typesOf(policy)] : []), painter(state, io)(state)],
      detail: wide ? openedText(policy) : widens.map((phrase) => printable(phrase.replace(/^opens /, ''))).join('; '),
    }),
  );
  return detailedTable({ columns, rows, detail: wide ? 'OPENS' : 'WIDENS BY' }, io);
}

function painter(state: PolicyState, io: Terminal): (text: string) => string {
  const { red, yellow, green } = colors(io);
  if (state === 'in place') return green;
  return state === 'widens' ? yellow : state === '' ? String : red;
}

function plainCells({ metadata, spec }: NetworkPolicy, now: Date): string[] {
  const created = metadata.creationTimestamp;
  const names = [metadata.namespace, metadata.name, podSelector(spec.podSelector)].map(printable);
  return [...names, created === undefined ? '-' : age(new Date(created), now)];
}

function typesOf({ spec }: NetworkPolicy): string {
  return spec.policyTypes.join(',');
}

function openedText(policy: NetworkPolicy): string {
  const opened = openedBy(policy).map(printable);
  return opened.length === 0 ? 'nothing' : opened.join('; ');
}

/** kubectl says `<none>` for the selector of every pod. */
function podSelector(selector: NetworkPolicy['spec']['podSelector']): string {
  const text = formatSelector(selector);
  return text === '<all>' ? '<none>' : text;
}
