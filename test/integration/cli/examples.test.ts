import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { withOptionalValues } from '../../../src/cli/optional-values.ts';
import { run, withFiles } from '../../support/cli.ts';
import { type HelpExample, helpExamples, helpOf, leafCommands, silentProgram } from '../../support/help-examples.ts';

const EXAMPLES = await helpExamples();

/** What commander says of the words: undefined where they are right. Nothing is done. */
function mistakeIn(words: readonly string[]): string | undefined {
  const program = silentProgram();
  const all = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
  for (const command of all) command.exitOverride().configureOutput({ writeErr: () => {} });
  for (const command of all) if (command.commands.length === 0) command.action(() => {});
  try {
    program.parse(withOptionalValues(words, program), { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

describe('the help of every command', () => {
  it.each(leafCommands())('of %s has examples that it takes, and says what its exit codes mean', async (command) => {
    const examples = EXAMPLES.filter(({ of }) => of === command);
    expect(examples.length).toBeGreaterThan(0);
    for (const { words } of examples) {
      expect({ words, mistake: mistakeIn(words), of: words.join(' ').startsWith(command) }).toEqual({
        words,
        mistake: undefined,
        of: true,
      });
    }
    expect(await helpOf(command)).toMatch(/\nExit codes[,:]/);
  });
});

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: audit
namespaces:
  - name: shop
    rules: [{name: api, pods: {app: api}, ports: [8080]}]
  - name: web
  - name: iperf
`;
const podIn = (namespace: string, name: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${namespace}, labels: {app: ${name}}}\nspec: {containers: [{name: main, ports: [{containerPort: 8080}]}]}\n`;
const FILES = {
  'template.yaml': TEMPLATE,
  'templates/a.yaml': TEMPLATE,
  'manifests/api.yaml': podIn('shop', 'api'),
  'pods.yaml': podIn('iperf', 'iperf'),
  'api.yaml': podIn('shop', 'api'),
};

/** Those of commands whose own test does not run them; the tests of the cluster run the rest. */
const isRunHere = ({ of, words }: HelpExample) =>
  (of === '' && ['check', 'learn', 'template'].includes(words[0] ?? '')) ||
  of === 'completion' ||
  words.includes('--once') ||
  (of === 'policies' && words.includes('--manifests')) ||
  (words.includes('--scan-target') && of !== 'serve');

describe('an example without a cluster', () => {
  const examples = EXAMPLES.filter(isRunHere);

  it('stands in the help of these commands', () => {
    expect([...new Set(examples.map(({ of }) => of))].sort()).toEqual(['', 'agent', 'completion', 'policies', 'run', 'scan']);
  });

  it.each(examples.map(({ words }) => words.join(' ')))('runs: portcullis %s', { timeout: 120_000 }, async (line) => {
    await withFiles(FILES, async (folder) => {
      const place = (word: string) =>
        /^(template\.yaml|manifests\/|pods\.yaml|api\.yaml)/.test(word)
          ? `${folder}/${word}`
          : word.replace('pid=4711', `pid=${process.pid}`);
      const own = line.startsWith('run ') ? ['--policies', `${folder}/policies`] : [];
      const { code, out } = await run([...line.split(' ').map(place), ...own], { folder });
      expect({ ended: code <= 1, printed: out !== '' }).toEqual({ ended: true, printed: true });
    });
  });
});
