import { countRunes, cutRunes, oneLine } from './plain-text.ts';

/** Longer warnings are cut by the API server once the total is passed (k8s.io/apiserver pkg/endpoints/filters/warning.go). */
const RUNES_OF_ONE = 256;
/** Runes that the API server lets through for all warnings of one request. */
const RUNES_OF_ALL = 4096;

/**
 * Warnings as the API server passes them on to a person: no empty one, none twice, each of one line and at most 256 runes, 4096 in all.
 * Where they do not fit, the last one says how many are missing.
 */
export function fittingWarnings(warnings: readonly string[]): string[] {
  const lines = [...new Set(warnings.map((warning) => cutRunes(oneLine(warning), RUNES_OF_ONE)))].filter((line) => line !== '');
  const lengths = lines.map(countRunes);
  if (lengths.reduce((sum, length) => sum + length, 0) <= RUNES_OF_ALL) return lines;
  const room = RUNES_OF_ALL - countRunes(more(lines.length));
  let used = 0;
  const kept = lines.filter((_, index) => {
    used += lengths[index] ?? 0;
    return used <= room;
  });
  return [...kept, more(lines.length - kept.length)];
}

function more(count: number): string {
  return `portcullis: and ${count} more`;
}
