import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/adapters/yaml/read.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { makeAuthority } from '../../src/core/authority.ts';
import { decideWorkload } from '../../src/core/decide/workload.ts';
import { type DocumentNode, toValue } from '../../src/core/document.ts';
import { policyPair } from '../../src/core/policy-pair.ts';
import { mergeTemplates } from '../../src/core/template/merge.ts';
import { parseTemplate } from '../../src/core/template/parse.ts';
import { run, withFiles } from '../support/cli.ts';
import { recordingIo } from '../support/recording-io.ts';
import { facts, request } from '../support/review.ts';
import { codeWords, fencedBlocks, readDocument, sectionOf, tableRows } from './markdown.ts';

const README = readDocument('README.md');

/** A block of the README that a person runs: the lines below its prompt. */
function printedBy(block: string | undefined, prompt: string): string {
  const [first, ...printed] = (block ?? '').split('\n');
  expect(first).toBe(`$ ${prompt}`);
  return printed.join('\n');
}

function commandTree(): Command {
  const program = new Command();
  for (const define of COMMANDS) define(program, recordingIo(), () => undefined);
  return program;
}

/** Without those that only the program itself runs. */
function visibleCommands(): string[] {
  const program = commandTree();
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
}

function templateOf(text: string) {
  const read = readDocuments({ document: 'template.yaml', text });
  const parsed = read.documents.map(parseTemplate);
  const issues = [...read.issues, ...parsed.flatMap((one) => (one.ok ? [] : one.issues))];
  expect(issues).toEqual([]);
  const merged = mergeTemplates(parsed.flatMap((one) => (one.ok ? [one.part] : [])));
  if (!merged.ok) throw new Error('the documents contradict each other');
  return merged.template;
}

const onlyDocument = (path: string): DocumentNode => {
  const [document] = readDocuments({ document: path, text: readDocument(path) }).documents;
  if (document === undefined) throw new Error(`${path} is empty`);
  return document;
};

describe('the commands of the README', () => {
  const rows = tableRows(sectionOf(README, 'Commands'));

  it('are those of the program, each named once', () => {
    const named = rows.flatMap(([commands = '']) => codeWords(commands).map((words) => words.replace('portcullis ', '')));
    expect(named.sort()).toEqual(
      visibleCommands()
        .filter((name) => name !== 'help')
        .sort(),
    );
  });

  it('name every part of template', () => {
    const parts = commandTree()
      .commands.find((command) => command.name() === 'template')
      ?.commands.map((part) => part.name());
    const row = rows.find(([command = '']) => command.includes('portcullis template'));
    expect(codeWords(row?.[1] ?? '').sort()).toEqual([...(parts ?? [])].sort());
  });

  it('judge the demo as the section says, from the sources', async () => {
    expect(README).toContain('npm run -s portcullis -- check --template demo/template.yaml demo/deployment.yaml');
    const ran = await run(['check', '--template', 'demo/template.yaml', 'demo/deployment.yaml']);
    expect({ code: ran.code, names: ran.out.includes('9090/TCP') }).toEqual({ code: 1, names: true });
  });
});

describe('the template of the README', () => {
  const [text = '', mistakes] = fencedBlocks(sectionOf(README, 'The template'));

  it('is a template, of the one namespace that the words below it are about', () => {
    const { mode, unlisted, namespaces } = templateOf(text);
    expect({ mode, unlisted, namespaces: namespaces.map(({ name }) => name) }).toEqual({
      mode: 'enforce',
      unlisted: 'audit',
      namespaces: ['shop'],
    });
  });

  it('opens both ends of the connection `api`', () => {
    const authority = makeAuthority(templateOf(text), 'portcullis-system');
    const ends = ['shop', 'web'].flatMap((namespace) => policyPair(namespace, authority, { namespaces: [], apiServer: [] }).allow);
    const selected = (pods: object, namespace: string) => ({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      podSelector: { matchLabels: pods },
    });
    const ports = [
      { protocol: 'TCP', port: 8080 },
      { protocol: 'UDP', port: 9000, endPort: 9100 },
    ];
    const specOf = (app: string) => ends.find(({ spec }) => spec.podSelector.matchLabels?.app === app)?.spec;
    expect({ ingress: specOf('api')?.ingress, egress: specOf('front')?.egress }).toEqual({
      ingress: [{ from: [selected({ app: 'front' }, 'web')], ports }],
      egress: [{ to: [selected({ app: 'api' }, 'shop')], ports }],
    });
  });

  it('with a range that runs backward gets the error that is quoted', async () => {
    const wrong = text.replace('9000-9100/UDP', '9100-9000/UDP');
    const ran = await withFiles({ 'template.yaml': wrong }, (folder) =>
      run(['template', 'validate', `${folder}/template.yaml`], { folder: `${folder}/` }),
    );
    expect({ ...ran, err: ran.err.replaceAll('DIR', '') }).toEqual({
      code: 2,
      out: '',
      err: printedBy(mistakes, 'portcullis template validate template.yaml'),
    });
  });
});

describe('the refusal of the README', () => {
  it('is what the gate answers for the Deployment of the demo', () => {
    const authority = makeAuthority(templateOf(readDocument('demo/template.yaml')), 'portcullis-system');
    const object = toValue(onlyDocument('demo/deployment.yaml'));
    const answer = decideWorkload(request('Deployment', { namespace: 'server', name: 'server', object }), facts(authority));
    const [, ...quoted] = printedBy(fencedBlocks(sectionOf(README, 'What people see'))[0], 'kubectl apply -f server.yaml').split('\n');
    expect(answer).toMatchObject({ allowed: false, reason: 'port-not-authorized', message: quoted.join('\n').trimEnd() });
  });
});
