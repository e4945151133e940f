import type { DocumentNode, Issue } from '../document.ts';
import { templateDocument } from './grammar.ts';
import type { TemplatePart } from './part.ts';

export type ParsedPart = { readonly ok: true; readonly part: TemplatePart } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Reads one document of the template; every mistake is reported, in the order of their places. A document with a mistake says nothing. */
export function parseTemplate(document: DocumentNode): ParsedPart {
  const issues: Issue[] = [];
  const part = templateDocument.read(document, { issues });
  if (part !== undefined && issues.length === 0) return { ok: true, part };
  return { ok: false, issues: inReadingOrder(issues) };
}

/** From the top of the document to its end. */
function inReadingOrder(issues: readonly Issue[]): Issue[] {
  return [...issues].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}
