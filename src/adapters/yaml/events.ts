import { type Event, parseEvents, YAMLException } from 'js-yaml';

/** The events of one section, with the text that their offsets mean. */
export type Parsed =
  | { readonly ok: true; readonly events: readonly Event[]; readonly text: string; readonly originalOffset: (offset: number) => number }
  | { readonly ok: false; readonly offset: number; readonly reason: string };

/** How many characters may be read again in order to forgive indentation. */
const REREAD_CHARACTERS = 16 * 1024 * 1024;

/**
 * Parses one section. kubectl permits the continuation lines of `[...]`, `{...}` and quoted texts at any indentation, and tabs between
 * words; the library does not (five manifests of other people in a corpus of 290 are written so). Such a line is repaired and the section
 * read again: spaces there mean nothing, so the values stay the same.
 */
export function parseSection(text: string, maxDepth: number): Parsed {
  const inserted: Insertion[] = [];
  let patched = text;
  let first: Parsed | undefined;
  for (let reread = 0; ; reread += patched.length) {
    const originalOffset = (offset: number): number => withoutInsertions(inserted, offset);
    const attempt = tryParse(patched, maxDepth);
    if (attempt.ok) return { ok: true, events: attempt.events, text: patched, originalOffset };
    first ??= { ok: false, offset: attempt.offset, reason: attempt.reason };
    if (attempt.reason !== 'deficient indentation') return { ...attempt, offset: originalOffset(attempt.offset) };
    const repaired = repairLine(patched, attempt.offset, inserted);
    if (repaired === undefined || reread > REREAD_CHARACTERS) return first;
    patched = repaired;
  }
}

interface Insertion {
  readonly at: number;
  readonly width: number;
}

/** The text with one line repaired, or undefined where nothing is left to repair. An insertion is noted. */
function repairLine(text: string, offset: number, inserted: Insertion[]): string | undefined {
  const start = lineStart(text, offset);
  const before = text.slice(start, offset);
  const untabbed = /["']/.test(before) ? before : before.replaceAll(/(?<=^|[\s:,[{-])\t/g, ' ');
  if (untabbed !== before) return text.slice(0, start) + untabbed + text.slice(offset);
  if (before.trim() !== '' || start === 0 || inserted.some(({ at }) => at === start)) return undefined;
  const width = widestIndentation(text) + COMPACT_NESTING;
  inserted.push({ at: start, width });
  return `${text.slice(0, start)}${' '.repeat(width)}${text.slice(start)}`;
}

/** `- - - [` stands deeper than its line is indented. */
const COMPACT_NESTING = 40;

type Attempt =
  | { readonly ok: true; readonly events: readonly Event[] }
  | { readonly ok: false; readonly offset: number; readonly reason: string };

function tryParse(text: string, maxDepth: number): Attempt {
  try {
    return { ok: true, events: parseEvents(text, { maxDepth }) };
  } catch (error) {
    if (error instanceof YAMLException) return { ok: false, offset: error.mark?.position ?? 0, reason: error.reason };
    throw error;
  }
}

/** Lines are repaired from the top down, so each insertion stands behind those before it. */
function withoutInsertions(inserted: readonly Insertion[], offset: number): number {
  let shift = 0;
  for (const { at, width } of inserted) {
    if (offset <= at) break;
    shift += Math.min(width, offset - at);
  }
  return offset - shift;
}

function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
}

function widestIndentation(text: string): number {
  let widest = 0;
  for (const match of text.matchAll(/^ +/gm)) widest = Math.max(widest, match[0].length);
  return widest;
}
