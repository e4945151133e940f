import { describe, expect, it } from 'vitest';
import { printable } from '../../../src/core/printable.ts';

describe('what cannot be printed is written out', () => {
  it.each([
    ['a code that drives a terminal', 'a\u001b[2J', 'a\\u001b[2J'],
    ['a C1 control', 'a\u009b2J', 'a\\u009b2J'],
    ['a line break', 'a\r\nb', 'a\\u000d\\u000ab'],
    ['another one', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
    ['a mark that turns text around', 'a\u202eb\u2066c\u061cd', 'a\\u202eb\\u2066c\\u061cd'],
    ['a character without width', 'a\u200bb\ufeffc\u00add\u034fe', 'a\\u200bb\\ufeffc\\u00add\\u034fe'],
    ['a letter that looks like nothing', 'a\u3164b\uffa0', 'a\\u3164b\\uffa0'],
    ['a tag, which is two halves', 'a\u{e0041}b', 'a\\udb40\\udc41b'],
    ['half of a character', 'a\ud83db\ude00', 'a\\ud83db\\ude00'],
  ])('%s', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it.each(['shop-api_1.example', 'Übergröße', 'приклад', '中文', 'עברית', 'हिन्दी', '😀', 'a b'])('and what can stays: %s', (text) => {
    expect(printable(text)).toBe(text);
  });
});
