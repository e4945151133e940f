import { expect, it } from 'vitest';
import { quotingWords } from '../../../src/cli/typed-words.ts';

it.each([
  ['a word', ['scan', 'a\nb'], 'no a\nb here', 'no a\\u000ab here'],
  ['a part of a word', ['shop/a\nb=c'], 'no a\nb in shop\nat all', 'no a\\u000ab in shop\nat all'],
  ['a word and its part', ['x\n/y\n'], 'x\n/y\n and y\n', 'x\\u000a/y\\u000a and y\\u000a'],
  ['nothing but a line break', ['\n'], 'one\ntwo', 'one\ntwo'],
  ['what the message does not say', ['a\nb'], 'one\ntwo', 'one\ntwo'],
])('what was typed begins no line of its own in a message: %s', (_, argv, message, expected) => {
  expect(quotingWords(argv)(message)).toBe(expected);
});
