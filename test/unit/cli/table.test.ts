import { describe, expect, it } from 'vitest';
import { colors } from '../../../src/cli/color.ts';
import { table } from '../../../src/cli/table.ts';

describe('a table', () => {
  it('has columns as wide as their widest text, three spaces between, and none at the end of a line', () => {
    const rows = [
      ['shop', 'api', '8080'],
      ['a-long-namespace', 'x', ''],
    ];
    expect(table(['NAMESPACE', 'POD', 'PORT'], rows)).toBe(
      ['NAMESPACE          POD   PORT', 'shop               api   8080', 'a-long-namespace   x', ''].join('\n'),
    );
  });

  it('is its header alone without rows', () => {
    expect(table(['A', 'B'], [])).toBe('A   B\n');
  });

  it('counts neither colors nor the bytes of a letter', () => {
    const { red } = colors({ color: true });
    const text = table(
      ['MARK', 'NAME'],
      [
        [red('✗'), 'a'],
        ['größer', 'b'],
      ],
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colors begin with ESC
    expect(text.replaceAll(/\u001b\[\d+m/g, '')).toBe(['MARK     NAME', '✗        a', 'größer   b', ''].join('\n'));
    expect(text).toContain(red('✗'));
  });
});
