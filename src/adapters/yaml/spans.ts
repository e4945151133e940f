import { COLLECTION_STYLE, EVENT_ID, type Event, parseEvents, SCALAR_STYLE } from 'js-yaml';

/** A node of a YAML text with the offsets where it begins and ends, for edits that leave everything else as it is. */
export type Span = ScalarSpan | MapSpan | ListSpan;

interface Extent {
  readonly start: number;
  /** Behind its last character; of a block collection behind the last character of its last node. */
  readonly end: number;
}

export interface ScalarSpan extends Extent {
  readonly kind: 'scalar' | 'alias';
  readonly text: string;
}

export interface MapSpan extends Extent {
  readonly kind: 'map';
  readonly flow: boolean;
  readonly entries: readonly { readonly key: Span; readonly value: Span }[];
}

export interface ListSpan extends Extent {
  readonly kind: 'list';
  readonly flow: boolean;
  readonly items: readonly Span[];
}

/** The documents of one section of a stream. Throws YAMLException for what `readDocuments` would refuse or repair. */
export function readSpans(text: string): Span[] {
  const reader = { text, events: parseEvents(text, { maxDepth: 100 }), index: 0, last: 0 };
  const documents: Span[] = [];
  while (reader.index < reader.events.length) {
    reader.index++; // the start of the document
    documents.push(readSpan(reader));
    reader.index++; // its end
  }
  return documents;
}

interface Reader {
  readonly text: string;
  readonly events: readonly Event[];
  index: number;
  /** Behind what was read last. */
  last: number;
}

function readSpan(reader: Reader): Span {
  const event = reader.events[reader.index++];
  if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) throw new Error('events out of order');
  if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return readCollection(reader, event);
  if (event.type === EVENT_ID.ALIAS) {
    reader.last = event.anchorEnd;
    return { kind: 'alias', start: event.anchorStart, end: event.anchorEnd, text: reader.text.slice(event.anchorStart, event.anchorEnd) };
  }
  if (event.valueStart === -1) return { kind: 'scalar', start: reader.last, end: reader.last, text: '' };
  const quotes = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
  const written = reader.text.slice(event.valueStart, event.valueEnd);
  // A block text ends with line breaks that belong to nobody.
  reader.last = event.valueStart + written.trimEnd().length + quotes;
  return { kind: 'scalar', start: event.valueStart - quotes, end: reader.last, text: written };
}

function readCollection(reader: Reader, event: Event & { type: typeof EVENT_ID.MAPPING | typeof EVENT_ID.SEQUENCE }): Span {
  const flow = event.style === COLLECTION_STYLE.FLOW;
  reader.last = event.start + (flow ? 1 : 0);
  const children: Span[] = [];
  while (reader.events[reader.index]?.type !== EVENT_ID.POP) children.push(readSpan(reader));
  reader.index++;
  if (flow) reader.last = closingBracket(reader.text, reader.last) + 1;
  const extent = { start: event.start, end: reader.last, flow };
  if (event.type === EVENT_ID.SEQUENCE) return { kind: 'list', ...extent, items: children };
  const entries = children.flatMap((key, index) => {
    const value = children[index + 1];
    return index % 2 === 0 && value !== undefined ? [{ key, value }] : [];
  });
  return { kind: 'map', ...extent, entries };
}

/** Between the last node and the bracket only blanks, a comma and comments can stand. */
function closingBracket(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '#') at = lineEnd(text, at) - 1;
    else if (text[at] === ']' || text[at] === '}') return at;
  }
  throw new Error('a bracket is not closed');
}

/** The offset of the end of the line, before its line break. */
export function lineEnd(text: string, from: number): number {
  const found = /\r|\n/g;
  found.lastIndex = from;
  return found.exec(text)?.index ?? text.length;
}
