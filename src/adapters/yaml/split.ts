/** A part of a YAML stream between two separators. Offsets are those of the whole text. */
export interface Section {
  readonly start: number;
  readonly text: string;
  /** The separator in front of it is one that kubectl refuses; the offset of its line. */
  readonly badSeparator?: number;
}

/**
 * Cuts the stream at lines that begin with `---`, as kubectl does (apimachinery `YAMLReader`), so that one unreadable document does not
 * take the others with it. YAML forbids such lines inside of a document, in block scalars and quoted texts too (YAML 1.2, 9.1.2).
 */
export function splitStream(text: string): Section[] {
  const separator = /^---(.*)$/gm;
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
  return sections;
}
