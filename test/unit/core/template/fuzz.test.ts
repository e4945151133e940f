import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTemplate } from '../../../support/parse-template.ts';

const GOOD = readFileSync('test/fixtures/template.yaml', 'utf8');

/** Cuts a piece out of the text and puts another one there. */
const edits = fc.array(
  fc.record({
    at: fc.nat(GOOD.length),
    cut: fc.nat(12),
    put: fc.constantFrom(
      '',
      ' ',
      '\n',
      '  ',
      ': ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"',
      '#',
      '*',
      '&a ',
      '*a',
      '80',
      '/UDP',
      'null',
      'off',
      '<<: ',
      '---\n',
      '\t',
      'é',
      '!x ',
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('a template with random edits', () => {
  it('is read, or refused with places that stand in the text', () => {
    fc.assert(
      fc.property(edits, (list) => {
        let text = GOOD;
        for (const { at, cut, put } of list) text = text.slice(0, at) + put + text.slice(at + cut);
        const read = readTemplate(text);
        const lines = text.split('\n');
        for (const { place, message } of read.ok ? [] : read.issues) {
          expect(message).not.toBe('');
          expect(place.line).toBeLessThanOrEqual(lines.length);
          expect(place.column).toBeLessThanOrEqual((lines[place.line - 1] ?? '').length + 1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
