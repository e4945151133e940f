import { describe, expect, it } from 'vitest';
import { readDocument, tableRows } from './markdown.ts';
import { reasonsInCode } from './reasons-in-code.ts';

describe('docs/admission-reasons.md', () => {
  const rows = tableRows(readDocument('docs/admission-reasons.md'));

  it('lists every reason of the gate with its answer, and no other', () => {
    const listed = rows.map(([reason = '', answer = '']) => `${reason.replaceAll('`', '')}: ${answer}`);
    expect(listed.sort()).toEqual(reasonsInCode());
  });

  it('has a whole sentence for each, and not the same twice', () => {
    const sentences = rows.map(([, , sentence = '']) => sentence);
    expect(sentences.filter((sentence) => !/^[A-Z`].*[.]$/.test(sentence))).toEqual([]);
    expect(new Set(sentences).size).toBe(rows.length);
  });
});
