import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/cli/output/rules.ts';
import { MISCONFIGURATIONS } from '../../src/core/misconfigurations.ts';
import { readDocument, sectionOf, tableRows } from './markdown.ts';

describe('docs/misconfigurations.md', () => {
  const page = readDocument('docs/misconfigurations.md');
  const isMisconfiguration = (code: string) => MISCONFIGURATIONS.some((one) => one.code === code);
  const rowsOf = (wanted: boolean) =>
    RULES.filter(({ code }) => isMisconfiguration(code) === wanted).map(({ code, level, summary, remedy }) => [
      `\`${code}\``,
      level,
      summary,
      remedy,
    ]);

  it('explains everything that check says by the template, in the words of the program and in its order', () => {
    expect(tableRows(sectionOf(page, 'By the template'))).toEqual(rowsOf(false));
  });

  it('explains every misconfiguration, and no other', () => {
    expect(tableRows(sectionOf(page, 'Misconfigurations'))).toEqual(rowsOf(true));
  });

  it('has codes and sentences of which none stands there twice', () => {
    expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
    expect(new Set(RULES.map(({ summary }) => summary)).size).toBe(RULES.length);
    expect(RULES.filter(({ summary, remedy }) => !/^[A-Z].*\.$/.test(summary) || !/^[A-Z].*\.$/.test(remedy))).toEqual([]);
  });
});
