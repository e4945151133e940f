import { describe, expect, it } from 'vitest';
import { listWords, nearestWord } from '../../../src/core/nearest.ts';

describe('the word that was meant', () => {
  const words = ['from', 'to', 'ports', 'pods', 'name'];
  it.each([
    ['form', 'from'],
    ['port', 'ports'],
    ['PODS', 'pods'],
    ['nmae', 'name'],
    ['pdos', 'pods'],
    ['comment', undefined],
    ['', undefined],
  ])('%s: %s', (written, meant) => {
    expect(nearestWord(written, words)).toBe(meant);
  });

  it.each([
    [['a'], 'a'],
    [['a', 'b'], 'a or b'],
    [['a', 'b', 'c'], 'a, b or c'],
  ])('%j as a list: %s', (list, text) => {
    expect(listWords(list)).toBe(text);
  });
});
