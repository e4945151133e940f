import { dump } from 'js-yaml';

/**
 * Values as one YAML stream, each document behind its `---`; the same values make the same bytes. Texts that some YAML reader would
 * take for a number, a boolean or a date are quoted. Lines are never folded.
 */
export function writeDocuments(values: readonly unknown[]): string {
  return values.map((value) => `---\n${dump(value, { noRefs: true, lineWidth: -1 })}`).join('');
}
