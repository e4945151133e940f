import { parseJson } from '../../core/unknown.ts';

/** A part of a YAML stream between two separators. Offsets are those of the whole text. */
export interface Section {
  readonly start: number;
  readonly text: string;
  /** The separator in front of it is one that kubectl refuses; the offset of its line. */
  readonly badSeparator?: number;
}

/**
 * Cuts the stream at lines that begin with `---`, as kubectl does (apimachinery `YAMLReader`, for which only \n ends a line), so that one
 * unreadable document does not take the others with it. YAML forbids such lines inside of a document, in block scalars and quoted texts
 * too (YAML 1.2, 9.1.2). A byte order mark behind a separator begins the document: files are put together with their marks.
 */
export function splitStream(text: string): Section[] {
  const separator = /(?<![^\n])---([^\n]*)(\n\ufeff)?/g;
  const sections: Section[] = [];
  let start = 0;
  let badSeparator: number | undefined;
  const close = (end: number): void => {
    sections.push({ start, text: text.slice(start, end), ...(badSeparator === undefined ? {} : { badSeparator }) });
  };
  for (let match = separator.exec(text); match !== null; match = separator.exec(text)) {
    close(match.index);
    const behind = (match[1] ?? '').trim();
    badSeparator = behind === '' || behind.startsWith('#') ? undefined : match.index;
    start = separator.lastIndex;
  }
  close(text.length);
  return sections.flatMap(splitObjects);
}

/** JSON objects one behind the other are as many documents to kubectl (`YAMLOrJSONDecoder`), as long as all of them are JSON. */
function splitObjects(section: Section): Section[] {
  const starts = /^\s*\{/.test(section.text) ? objectStarts(section.text) : [];
  if (starts.length < 2) return [section];
  const cuts = [0, ...starts.slice(1)];
  const texts = cuts.map((from, index) => section.text.slice(from, cuts[index + 1]));
  if (!texts.every((text) => parseJson(text) !== undefined)) return [section];
  return texts.map((text, index) => ({ ...section, start: section.start + (cuts[index] ?? 0), text }));
}

/** Where the outermost objects begin, in a text that is JSON; nothing of use in any other. */
function objectStarts(text: string): number[] {
  const starts: number[] = [];
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isQuoted && character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '}') depth--;
    else if (character === '{') {
      if (depth === 0) starts.push(at);
      depth++;
    }
  }
  return starts;
}
