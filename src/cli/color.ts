import pc from 'picocolors';
import type { Io } from './io.ts';

/** Colours for words that already say what they mean; without colour the text is the same. */
export function colors(io: Pick<Io, 'color'>): ReturnType<typeof pc.createColors> {
  return pc.createColors(io.color);
}
