import type { DocumentNode, Issue, SourceText } from '../../core/document.ts';
import { buildDocuments } from './build.ts';
import { parseSection } from './events.ts';
import { makePlaceOf, type PlaceOf } from './places.ts';
import { type Section, splitStream } from './split.ts';

/** What one text may cost. */
export interface ReadLimits {
  readonly maxBytes: number;
  /** Levels of nesting, unfolded aliases included. */
  readonly maxDepth: number;
  /** Nodes that all aliases of the text add together (case 25). */
  readonly maxAliasNodes: number;
}

const MANIFEST_LIMITS: ReadLimits = { maxBytes: 16 * 1024 * 1024, maxDepth: 100, maxAliasNodes: 250_000 };
export const TEMPLATE_LIMITS: ReadLimits = { maxBytes: 1024 * 1024, maxDepth: 100, maxAliasNodes: 50_000 };

/** The readable documents in order, and an issue for each part that is not; every document is in one of the two. */
export interface ReadDocuments {
  readonly documents: readonly DocumentNode[];
  readonly issues: readonly Issue[];
}

/**
 * Reads a YAML or JSON stream with the meaning that kubectl gives it. Never throws for what the text says. A document with an issue is
 * left out, the others stay. Empty documents are dropped.
 */
export function readDocuments(source: SourceText, limits: ReadLimits = MANIFEST_LIMITS): ReadDocuments {
  const placeOf = makePlaceOf(source.document, source.text);
  const refused = refuseText(source.text, limits);
  if (refused !== undefined) return { documents: [], issues: [{ place: placeOf(refused.offset), path: '', message: refused.message }] };
  const documents: DocumentNode[] = [];
  const issues: Issue[] = [];
  const aliasBudget = { left: limits.maxAliasNodes };
  for (const section of splitStream(source.text)) {
    const read = readSection(section, { placeOf, limits, aliasBudget });
    documents.push(...read.documents);
    issues.push(...read.issues);
  }
  return { documents, issues };
}

function refuseText(text: string, limits: ReadLimits): { readonly offset: number; readonly message: string } | undefined {
  const zero = text.indexOf('\0');
  if (zero !== -1) return { offset: zero, message: 'the text holds zero bytes (UTF-16 without a byte order mark?); save it as UTF-8' };
  if (Buffer.byteLength(text) <= limits.maxBytes) return undefined;
  return { offset: 0, message: `the text is larger than ${limits.maxBytes / 1024 / 1024} MiB; split it` };
}

interface Reading {
  readonly placeOf: PlaceOf;
  readonly limits: ReadLimits;
  readonly aliasBudget: { left: number };
}

function readSection(section: Section, { placeOf, limits, aliasBudget }: Reading): ReadDocuments {
  if (section.badSeparator !== undefined) {
    const message = 'kubectl refuses anything behind --- but a comment; begin the document on the next line';
    return { documents: [], issues: [{ place: placeOf(section.badSeparator), path: '', message }] };
  }
  const doubt = doubtIn(section.text);
  if (doubt !== undefined)
    return { documents: [], issues: [{ place: placeOf(section.start + doubt.offset), path: '', message: doubt.message }] };
  const parsed = parseSection(section.text, limits.maxDepth);
  if (!parsed.ok) {
    return { documents: [], issues: [{ place: placeOf(section.start + parsed.offset), path: '', message: unreadable(parsed.reason) }] };
  }
  const { events, text, originalOffset } = parsed;
  const built = buildDocuments({
    events,
    text,
    placeOf: (offset) => placeOf(section.start + originalOffset(offset)),
    maxDepth: limits.maxDepth,
    aliasBudget,
  });
  const documents = built.flatMap((one) => (one !== undefined && 'node' in one ? [one.node] : []));
  return { documents, issues: built.flatMap((one) => (one !== undefined && 'issues' in one ? one.issues : [])) };
}

/**
 * A character that is a line break to kubectl (YAML 1.1) and a letter like any other to readers of YAML 1.2: behind one in a comment kubectl
 * reads on what nobody else sees. And a byte order mark where it is part of a key, which nobody sees either.
 */
function doubtIn(text: string): { readonly offset: number; readonly message: string } | undefined {
  const found = /[\u0085\u2028\u2029]|(?<=\n)\ufeff/.exec(text);
  if (found === null) return undefined;
  const code = found[0].charCodeAt(0).toString(16).padStart(4, '0');
  const message =
    found[0] === '\ufeff'
      ? 'a byte order mark (U+FEFF) stands before this line, inside of a document; remove it'
      : `the character U+${code.toUpperCase()} ends a line for kubectl and not for other readers; remove it, or write "\\u${code}" in double quotes`;
  return { offset: found.index, message };
}

/** The library's reasons that say little, in words that name the likely mistake. */
const REASONS: readonly (readonly [string, string])[] = [
  ['tab characters must not be used in indentation', 'a tab stands in the indentation; use spaces'],
  ['bad indentation of a mapping entry', 'wrong indentation, a missing colon, or a character that needs quotes'],
  ['bad indentation of a sequence entry', 'this list entry is indented differently from the one above'],
  [
    'end of the stream or a document separator is expected',
    'this does not continue the document above: check indentation, colons and quotes',
  ],
  ['deficient indentation', 'this line must be indented, or a bracket or quote above is not closed'],
  ['nesting exceeded maxDepth', 'the document is nested deeper than 100 levels'],
];

function unreadable(reason: string): string {
  const words = REASONS.find(([start]) => reason.startsWith(start))?.[1] ?? reason;
  return `not readable as YAML: ${words}`;
}
