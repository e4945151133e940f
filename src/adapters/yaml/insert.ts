import { type ListSpan, lineEnd, type MapSpan, type Span } from './spans.ts';

/** Text put at an offset; nothing is ever taken away. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** What is added, in the two styles of YAML: block lines without indentation, or a text between brackets. */
export interface Addition {
  readonly lines: readonly string[];
  readonly flow: string;
}

/** One entry more at the end of a list. */
export function appendItem(text: string, list: ListSpan, addition: Addition): Insertion {
  return list.flow ? insideBrackets(list, list.items.length === 0, addition.flow) : belowBlock(text, list, addition.lines);
}

/** One key more at the end of a map. */
export function appendKey(text: string, map: MapSpan, addition: Addition): Insertion {
  return map.flow ? insideBrackets(map, map.entries.length === 0, addition.flow) : belowBlock(text, map, addition.lines);
}

/** The value of a key of a map; undefined where it is none, or has no such key. */
export function valueAt(span: Span | undefined, key: string): Span | undefined {
  return span?.kind === 'map' ? span.entries.find((entry) => entry.key.kind === 'scalar' && entry.key.text === key)?.value : undefined;
}

/** The text with all insertions; those of one place in their order. */
export function insertAll(text: string, insertions: readonly Insertion[]): string {
  const ordered = insertions.map((insertion, order) => ({ ...insertion, order })).sort((a, b) => b.at - a.at || b.order - a.order);
  return ordered.reduce((whole, { at, text: added }) => `${whole.slice(0, at)}${added}${whole.slice(at)}`, text);
}

/** Behind the last node of the collection, before a comma that may stand there. */
function insideBrackets(span: ListSpan | MapSpan, isEmpty: boolean, flow: string): Insertion {
  if (isEmpty) return { at: span.start + 1, text: flow };
  const children = span.kind === 'list' ? span.items : span.entries.map(({ value }) => value);
  return { at: children.at(-1)?.end ?? span.start + 1, text: `, ${flow}` };
}

/** Below the line on which the block ends, at its own indentation; a comment at the end of that line stays where it is. */
function belowBlock(text: string, { start, end }: Span, lines: readonly string[]): Insertion {
  const lineStart = Math.max(text.lastIndexOf('\n', start - 1), text.lastIndexOf('\r', start - 1)) + 1;
  const indentation = ' '.repeat(start - lineStart);
  const lineBreak = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  return { at: lineEnd(text, end), text: lines.map((line) => `${lineBreak}${indentation}${line}`).join('') };
}
