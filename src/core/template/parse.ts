import type { DocumentNode, Issue } from '../document.ts';
import { nearestWord } from '../nearest.ts';
import { API_VERSION, KIND, templateDocument } from './grammar.ts';
import type { TemplatePart } from './part.ts';

export type ParsedPart = { readonly ok: true; readonly part: TemplatePart } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Reads one document of the template; every mistake is reported, in the order of their places. A document with a mistake says nothing. */
export function parseTemplate(document: DocumentNode): ParsedPart {
  const foreign = foreignIssue(document);
  if (foreign !== undefined) return { ok: false, issues: [foreign] };
  const issues: Issue[] = [];
  const part = templateDocument.read(document, { issues });
  if (part !== undefined && issues.length === 0) return { ok: true, part };
  return { ok: false, issues: inReadingOrder(issues) };
}

/** Of an object of another kind, such as a manifest beside the template: one mistake, and not one for each of its keys. */
function foreignIssue(document: DocumentNode): Issue | undefined {
  const kind = textAt(document, 'kind');
  const apiVersion = textAt(document, 'apiVersion');
  if (kind === undefined || apiVersion === undefined || apiVersion.text === API_VERSION) return undefined;
  if (nearestWord(kind.text, [KIND]) !== undefined) return undefined;
  const message = `"${kind.text}" of ${apiVersion.text} is no template; one has apiVersion: ${API_VERSION} and kind: ${KIND}`;
  return { place: kind.place, path: 'kind', message };
}

function textAt(document: DocumentNode, key: string): { readonly text: string; readonly place: Issue['place'] } | undefined {
  const value = document.kind === 'map' ? document.entries.find((entry) => entry.key === key)?.value : undefined;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? { text: value.value, place: value.place } : undefined;
}

/** From the top of the document to its end. */
function inReadingOrder(issues: readonly Issue[]): Issue[] {
  return [...issues].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}
