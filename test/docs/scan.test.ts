import { describe, expect, it } from 'vitest';
import { VERDICTS } from '../../src/core/verdict.ts';
import { readDocument, tableRows } from './markdown.ts';

describe('docs/scan.md', () => {
  it('explains every verdict once, in their order, and no other', () => {
    const rows = tableRows(readDocument('docs/scan.md'));
    expect(rows.map(([verdict = '']) => verdict.replaceAll('`', ''))).toEqual([...VERDICTS]);
    expect(rows.filter(([, meaning = '']) => !/^[A-Z].*[.]$/.test(meaning))).toEqual([]);
  });
});
