import type { Random } from './random.ts';

/** One thing of the product that is fed with inputs. */
export interface Target {
  /** Feeds it one input, made by this chance. Answers what is wrong, in words; undefined: nothing. */
  feed(random: Random): Promise<string | undefined>;
  /** What is wrong in the end, when all was fed. */
  finish?(): Promise<string[]>;
  /** What was counted, for the summary. */
  counts(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** The first characters of a text, without what drives a terminal. */
export function excerpt(text: string, length = 400): string {
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}
