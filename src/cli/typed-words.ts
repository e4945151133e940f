import { printable, UNPRINTABLE } from '../core/printable.ts';

/**
 * What was typed, or what a script put onto the command line, stands in a message as it would be written: it begins no line of its own. Parts
 * of a word (`NAMESPACE/POD=ADDRESS`) are named as well, so the longest come first.
 */
export function quotingWords(argv: readonly string[]): (message: string) => string {
  const unprintable = argv
    .flatMap((word) => [word, ...word.split(/[/=,:]/)])
    .filter((word) => UNPRINTABLE.test(word) && /\S/.test(word))
    .sort((a, b) => b.length - a.length);
  return (message) => unprintable.reduce((said, word) => said.replaceAll(word, printable(word)), message);
}
