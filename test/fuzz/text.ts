import { HOSTILE_TEXTS } from './json.ts';
import type { Random } from './random.ts';

/** The text with one to six pieces cut out, repeated, moved, or replaced by one of these words or by something hostile. */
export function damagedText(text: string, words: readonly [string, ...string[]], random: Random): string {
  let damaged = text;
  for (let i = random.below(6); i >= 0; i--) {
    const at = random.below(damaged.length + 1);
    const length = random.oneIn(8) ? random.below(damaged.length) : random.below(12);
    damaged = `${damaged.slice(0, at)}${piece(damaged.slice(at, at + length), words, random)}${damaged.slice(at + length)}`;
  }
  return damaged;
}

function piece(there: string, words: readonly [string, ...string[]], random: Random): string {
  switch (random.below(6)) {
    case 0:
      return '';
    case 1:
      return there.length < 2_000 ? there + there : there;
    case 2:
      return `${there}${random.pick(HOSTILE_TEXTS)}`;
    default:
      return random.pick(words);
  }
}
