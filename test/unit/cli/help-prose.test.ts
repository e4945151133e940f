import { describe, expect, it } from 'vitest';
import { fitProse } from '../../../src/cli/help-prose.ts';

const HELP = `Usage: portcullis scan [options]

Options:
  -o <format>   this line is longer than the terminal and stays as it is

Two views: what listens in the pod,
and what answers to a stranger.

Examples:
  portcullis scan -n shop -o wide   everything that is known

Short.
`;

describe('the prose of a help text', () => {
  it('is wrapped anew where a line is too long; options and examples stay', () => {
    expect(fitProse(HELP, 34)).toBe(
      HELP.replace(
        'Two views: what listens in the pod,\nand what answers to a stranger.',
        'Two views: what listens in the\npod, and what answers to a\nstranger.',
      ),
    );
  });

  it('stays where it fits', () => {
    expect(fitProse(HELP, 80)).toBe(HELP);
  });
});
