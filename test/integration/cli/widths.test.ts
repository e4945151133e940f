import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { runCli } from '../../../src/cli/program.ts';
import { recordingIo } from '../../support/recording-io.ts';

/** What people read, on terminals of usual widths and in a pipe. Tables of `check`, `policies` and `scan` have such tests of their own. */

const FOLDER = 'test/fixtures/policies';
const MANIFESTS = ['--manifests', `${FOLDER}/manifests.yaml`];
const SETTING = ['--template', `${FOLDER}/template.yaml`, ...MANIFESTS];

const COMMAND_LINES: Record<string, { readonly words: readonly string[]; readonly code: number }> = {
  'explain-workload': { words: ['explain', 'shop/api', ...SETTING], code: 1 },
  'explain-permitted': { words: ['explain', 'web/front', 'shop/api:8080', ...SETTING], code: 0 },
  'explain-refused': { words: ['explain', 'shop/db', 'shop/api:8080', ...SETTING], code: 1 },
  'explain-widened': { words: ['explain', 'monitoring/prometheus', 'shop/api:9090', ...SETTING], code: 0 },
  preview: { words: ['preview', `${FOLDER}/template.yaml`, `${FOLDER}/new-template.yaml`, ...MANIFESTS], code: 1 },
  'template-show': { words: ['template', 'show', `${FOLDER}/template.yaml`], code: 0 },
  learn: { words: ['learn', `${FOLDER}/manifests.yaml`], code: 0 },
};

async function printed(words: readonly string[], terminal: { readonly columns?: number; readonly color?: boolean }) {
  const io = {
    ...recordingIo({ color: terminal.color ?? false }),
    ...(terminal.columns === undefined ? {} : { columns: terminal.columns }),
  };
  const code = await runCli(words, io, COMMANDS);
  return { code, ...io.printed };
}

describe.each(Object.entries(COMMAND_LINES))('%s', (name, { words, code }) => {
  it.each([{}, { columns: 80 }, { columns: 140 }])('is, on a terminal like %j, what it was', async (terminal) => {
    const ran = await printed(words, terminal);
    await expect(ran.out).toMatchFileSnapshot(`../../fixtures/policies/golden/${name}.${terminal.columns ?? 'pipe'}.txt`);
    expect({ code: ran.code, err: ran.err }).toEqual({ code, err: '' });
    // A learned template is a file, whatever the terminal.
    const lines = name === 'learn' ? [] : ran.out.split('\n');
    expect(lines.filter((line) => line.length > (terminal.columns ?? Number.POSITIVE_INFINITY))).toEqual([]);
  });

  it.each([80, 140])('says the same words with color in %i columns', async (columns) => {
    const colored = (await printed(words, { columns, color: true })).out;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what color is made of
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe((await printed(words, { columns })).out);
  });
});
