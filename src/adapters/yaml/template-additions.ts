import type { SourceText } from '../../core/document.ts';
import type { LearnedNamespace } from '../../core/learn/learned.ts';
import { hostPortItems, hostPortsJson, namespaceJson, namespaceLines, ruleJson, ruleLines } from '../../core/learn/text.ts';
import { type Addition, appendItem, appendKey, type Insertion, insertAll, valueAt } from './insert.ts';
import { type ListSpan, type MapSpan, readSpans, type Span } from './spans.ts';
import { splitStream } from './split.ts';

/** What is to be added to a template. `entry`: the name of the entry that describes the namespace; absent: none does yet. */
export interface TemplateAddition {
  readonly entry?: string;
  readonly namespace: LearnedNamespace;
}

/**
 * The text with the additions, and every other byte as it was. Throws an Error that says why, where the text can be read but has no place
 * for them (an alias in the place of a list, indentation that only kubectl forgives).
 */
export function addToTemplate({ document, text }: SourceText, additions: readonly TemplateAddition[]): string {
  const roots = documentSpans(text);
  const listed = additions.flatMap(({ entry, namespace }) => {
    if (entry === undefined) return [];
    const there = roots.map((root) => entryOf(root, entry)).find((span) => span !== undefined);
    if (there === undefined) throw new Error(`no place to add to: the entry of namespace ${entry} is not written out in ${document}`);
    return [{ entry: there, namespace }];
  });
  const fresh = additions.flatMap(({ entry, namespace }) => (entry === undefined ? [namespace] : []));
  // Several may be at one place, the end of a block: what stands deeper comes first.
  const insertions = [
    ...listed.flatMap((one) => itemsOf(text, one)),
    ...listed.flatMap((one) => keysOf(text, one)),
    ...(fresh.length === 0 ? [] : [newEntries(text, roots, fresh)]),
  ];
  return insertAll(text, insertions);
}

/** All documents, with the offsets of the whole text. */
function documentSpans(text: string): MapSpan[] {
  return splitStream(text).flatMap((section) =>
    readSpans(section.text).flatMap((span) => (span.kind === 'map' ? [shifted(span, section.start)] : [])),
  );
}

function shifted(span: MapSpan, by: number): MapSpan {
  const move = (one: Span): Span => {
    const extent = { start: one.start + by, end: one.end + by };
    if (one.kind === 'map')
      return { ...one, ...extent, entries: one.entries.map(({ key, value }) => ({ key: move(key), value: move(value) })) };
    return one.kind === 'list' ? { ...one, ...extent, items: one.items.map(move) } : { ...one, ...extent };
  };
  const moved = move(span);
  return moved.kind === 'map' ? moved : span;
}

function entryOf(root: MapSpan, name: string): MapSpan | undefined {
  const list = valueAt(root, 'namespaces');
  const items = list?.kind === 'list' ? list.items : [];
  return items.find((item): item is MapSpan => {
    const value = valueAt(item, 'name');
    return item.kind === 'map' && value?.kind === 'scalar' && value.text === name;
  });
}

/** Below the last namespace of the first document that has some. */
function newEntries(text: string, roots: readonly MapSpan[], namespaces: readonly LearnedNamespace[]): Insertion {
  const list = roots.map((root) => valueAt(root, 'namespaces')).find((span): span is ListSpan => span?.kind === 'list');
  const addition = { lines: namespaces.flatMap(namespaceLines), flow: namespaces.map(namespaceJson).join(', ') };
  if (list !== undefined) return appendItem(text, list, addition);
  const [root] = roots;
  if (root === undefined || valueAt(root, 'namespaces') !== undefined) {
    throw new Error('no place to add a namespace: namespaces is not written out as a list');
  }
  return appendKey(text, root, keyOf('namespaces', addition));
}

interface Listed {
  readonly entry: MapSpan;
  readonly namespace: LearnedNamespace;
}

/** What the lists of an entry get, by their keys. */
function additionsOf({ rules, hostPorts }: LearnedNamespace): ReadonlyMap<string, Addition> {
  const additions = new Map<string, Addition>();
  if (rules.length > 0) additions.set('rules', { lines: rules.flatMap(ruleLines), flow: rules.map(ruleJson).join(', ') });
  if (hostPorts.length > 0) additions.set('hostPorts', { lines: hostPortItems(hostPorts), flow: hostPortsJson(hostPorts).slice(1, -1) });
  return additions;
}

/** Entries of lists that are there. */
function itemsOf(text: string, { entry, namespace }: Listed): Insertion[] {
  return [...additionsOf(namespace)].flatMap(([key, addition]) => {
    const list = valueAt(entry, key);
    if (list === undefined) return [];
    if (list.kind !== 'list') throw new Error(`no place to add to: ${key} is not written out as a list`);
    return [appendItem(text, list, addition)];
  });
}

/** Keys that the entry has not yet. */
function keysOf(text: string, { entry, namespace }: Listed): Insertion[] {
  if (namespace.hostNetwork !== undefined && valueAt(entry, 'hostNetwork') !== undefined) {
    throw new Error('the template says hostNetwork: false where a workload uses it; decide this by hand');
  }
  const missing = [...additionsOf(namespace)].filter(([key]) => valueAt(entry, key) === undefined);
  const network = namespace.hostNetwork === undefined ? [] : [{ lines: ['hostNetwork: true'], flow: '"hostNetwork": true' }];
  return [...missing.map(([key, addition]) => keyOf(key, addition)), ...network].map((addition) => appendKey(text, entry, addition));
}

function keyOf(key: string, { lines, flow }: Addition): Addition {
  return { lines: [`${key}:`, ...lines.map((line) => `  ${line}`)], flow: `"${key}": [${flow}]` };
}
