import { describe, expect, it } from 'vitest';
import { type Called, calledAs } from '../../../src/cli/called-as.ts';
import { helpFor } from '../../../src/cli/help-name.ts';

describe('the name by which the program was called', () => {
  const plain: Called = { name: 'portcullis', words: [] };
  const plugin: Called = { name: 'kubectl portcullis', words: [] };
  const table: Record<string, [path: string, expected: Called]> = {
    'is its own': ['/usr/bin/portcullis', plain],
    'is its own where the file is that of the sources': ['/src/main.ts', plain],
    'is its own where nothing is known': ['', plain],
    'is that of the plugin of kubectl': ['/usr/local/bin/kubectl-portcullis', plugin],
    'is that of the plugin with an ending': ['bin/kubectl-portcullis.js', plugin],
    'of what kubectl asks how a line can go on stands for the words that answer': [
      '/usr/local/bin/kubectl_complete-portcullis',
      { name: 'kubectl portcullis', words: ['__complete', '--'] },
    ],
  };
  it.each(Object.entries(table))('%s', (_, [path, expected]) => {
    expect(calledAs(path)).toEqual(expected);
  });
});

describe('a help text', () => {
  const TEXT =
    'Usage: portcullis check [options]\n  portcullis check a\n  helm template x | portcullis check -\n  kubectl portcullis scan\nof portcullis.\n';

  it('stays as it is for the program itself', () => {
    expect(helpFor('portcullis', TEXT, ['check', 'scan'])).toBe(TEXT);
  });

  it('has the name of the plugin in every command line, once, and nowhere else', () => {
    expect(helpFor('kubectl portcullis', TEXT, ['check', 'scan'])).toBe(
      'Usage: kubectl portcullis check [options]\n  kubectl portcullis check a\n  helm template x | kubectl portcullis check -\n  kubectl portcullis scan\nof portcullis.\n',
    );
  });
});
