import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRunes } from '../../../src/adapters/http/plain-text.ts';
import { fittingWarnings } from '../../../src/adapters/http/warnings.ts';

describe('warnings fit through the API server', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['as they are where they fit', ['a', 'b'], ['a', 'b']],
    ['without empty ones', ['', ' ', '\n', 'a'], ['a']],
    ['each once', ['a', 'b', 'a'], ['a', 'b']],
    ['on one line each', ['a\nb\u001b[31m'], ['a b [31m']],
    ['cut at 256 runes, counted as Go counts', ['🚪'.repeat(300)], [`${'🚪'.repeat(255)}…`]],
    ['whole at 256 runes', ['🚪'.repeat(256)], ['🚪'.repeat(256)]],
  ])('%s', (_, warnings, expected) => {
    expect(fittingWarnings(warnings)).toEqual(expected);
  });

  it('and say how many are missing where they do not', () => {
    const warnings = Array.from({ length: 20 }, (_, index) => `${String(index).padStart(2, '0')}${'x'.repeat(254)}`);
    expect(fittingWarnings(warnings)).toEqual([...warnings.slice(0, 15), 'portcullis: and 5 more']);
  });

  it('whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 600 }), { maxLength: 60 }), (warnings) => {
        const fitting = fittingWarnings(warnings);
        expect(fitting.every((warning) => warning !== '' && countRunes(warning) <= 256)).toBe(true);
        expect(fitting.reduce((sum, warning) => sum + countRunes(warning), 0)).toBeLessThanOrEqual(4096);
      }),
    );
  });
});
