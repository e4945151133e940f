import { fileText } from '../adapters/files/policy-folder.ts';
import { writeDocuments } from '../adapters/yaml/write.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { colors } from './color.ts';
import type { Io } from './io.ts';

/** A unified diff with the colors that `git diff` gives its lines; as it is where no color is allowed. */
export function paintedDiff(diff: string, io: Pick<Io, 'color'>): string {
  const { green, red, cyan, bold } = colors(io);
  const lines = diff.split('\n').map((line) => {
    if (/^(---|\+\+\+) /.test(line)) return bold(line);
    if (line.startsWith('@@')) return cyan(line);
    return line.startsWith('+') ? green(line) : line.startsWith('-') ? red(line) : line;
  });
  return lines.join('\n');
}

/** A policy as the text that is compared: keys in a fixed order, nothing that only a server gives; empty where there is none. */
export function comparedText(policy: NetworkPolicy | undefined): string {
  return policy === undefined ? '' : fileText([policy], { write: writeDocuments }).replace(/^---\n/, '');
}
