import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { templateSchema } from '../../../src/core/template/schema.ts';
import { examplesOf, run, withFiles } from '../../support/cli.ts';

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: audit
namespaces:
  - name: shop
    mode: audit
    rules:
      - name: api
        pods: {matchLabels: {app: api}, matchExpressions: [{key: tier, operator: NotIn, values: [db]}, {key: old, operator: DoesNotExist}]}
        ports: [8080, 9000-9100/UDP]
        from: [{namespace: web}, {cidr: 10.0.0.0/8, except: [10.9.0.0/16]}]
      - to: [{apiServer: true}]
        ports: [443]
    hostNetwork: true
  - name: web
`;

const inFolder = <T>(work: (folder: string) => Promise<T>, text = TEMPLATE) => withFiles({ 'template.yaml': text }, work);

describe('portcullis template', () => {
  it('validate says how large a good template is', async () => {
    const ran = await inFolder((folder) => run(['template', 'validate', `${folder}/template.yaml`], { folder }));
    expect(ran).toEqual({
      code: 0,
      out: expect.stringMatching(/^DIR\/template\.yaml: valid, 2 namespaces, 2 rules, hash [0-9a-f]{12}\n$/),
      err: '',
    });
  });

  it.each<[string, string, string]>([
    [
      'validate prints one error with its place',
      TEMPLATE.replace('8080,', '0,'),
      'portcullis: the template has 1 error\n  DIR/template.yaml:11:17  namespaces[0].rules[0].ports[0]: 0 is no port; ports go from 1 to 65535\n',
    ],
    [
      'validate finds no document in an empty file',
      '',
      'portcullis: the template has 1 error\n  DIR/template.yaml:1:1  holds no document of kind PortTemplate\n',
    ],
  ])('%s', async (_sentence, text, err) => {
    const ran = await inFolder((folder) => run(['template', 'validate', `${folder}/template.yaml`], { folder }), text);
    expect(ran).toEqual({ code: 2, out: '', err });
  });

  it('validate says that there is no such file, or nothing in the folder', async () => {
    await withFiles({ 'notes.txt': '' }, async (folder) => {
      expect(await run(['template', 'validate', `${folder}/gone.yaml`], { folder })).toEqual({
        code: 2,
        out: '',
        err: 'portcullis: the template DIR/gone.yaml cannot be read: no such file or folder\n',
      });
      expect((await run(['template', 'validate', folder], { folder })).err).toBe(
        'portcullis: the folder DIR holds no .yaml, .yml or .json file\n',
      );
    });
  });

  it('show prints each rule with the mode of its namespace and where that comes from', async () => {
    const { code, out } = await inFolder((folder) => run(['template', 'show', `${folder}/template.yaml`], { folder }));
    const cells = out.split('\n').map((line) => line.split(/ {3,}/));
    expect(code).toBe(0);
    expect(cells.slice(0, 11)).toEqual([
      ['NAMESPACE', 'MODE', 'BY', 'RULE', 'PODS', 'PERMITTED'],
      [
        'shop',
        'audit',
        'DIR/template.yaml:6',
        'api',
        'app=api,!old,tier notin (db)',
        '8080/TCP, 9000-9100/UDP from web/*; 10.0.0.0/8 except 10.9.0.0/16',
      ],
      ['shop', 'audit', 'DIR/template.yaml:6', 'DIR/template.yaml:13', '*', '443/TCP to the API server'],
      ['shop', 'audit', 'DIR/template.yaml:6', 'hostNetwork', '*', 'every port of the node'],
      ['web', 'enforce', 'the default of DIR/template.yaml:3', '-', '-', 'nothing'],
      ['(unlisted)', 'audit', 'DIR/template.yaml:4', '-', '-'],
      ...['portcullis-system', 'portcullis-agent', 'kube-system', 'kube-node-lease', 'kube-public'].map((name) => [
        name,
        'off',
        'exempt',
        '-',
        '-',
      ]),
    ]);
  });

  it.each(['json', 'yaml'])('show -o %s prints a document that means the same', async (format) => {
    await inFolder(async (folder) => {
      const shown = (await run(['template', 'show', `${folder}/template.yaml`, '-o', format])).out;
      expect(load(shown)).toMatchObject({
        kind: 'PortTemplate',
        mode: 'enforce',
        unlisted: 'audit',
        exempt: [],
      });
      const hashOf = (text: string) => /hash (\w+)/.exec(text)?.[1];
      const before = (await run(['template', 'validate', `${folder}/template.yaml`])).out;
      const after = await withFiles({ 'again.yaml': shown }, (other) => run(['template', 'validate', `${other}/again.yaml`]));
      expect(hashOf(after.out)).toBe(hashOf(before));
    });
  });

  it('schema prints the schema of the grammar', async () => {
    const { code, out } = await run(['template', 'schema']);
    expect({ code, schema: JSON.parse(out) }).toEqual({ code: 0, schema: JSON.parse(JSON.stringify(templateSchema())) });
  });

  it.each(['validate', 'show', 'schema'])('%s has examples that run', async (command) => {
    const examples = examplesOf((await run(['template', command, '--help'])).out);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const ran = await withFiles({ 'template.yaml': TEMPLATE, 'templates/a.yaml': TEMPLATE }, (folder) =>
        run(example.map((word) => (word.startsWith('templat') && /[./]/.test(word) ? `${folder}/${word}` : word))),
      );
      expect({ example, code: ran.code }).toEqual({ example, code: 0 });
    }
  });

  it('the template of the fixtures is valid', async () => {
    const path = 'test/fixtures/template.yaml';
    expect(await readFile(path, 'utf8')).toContain('PortTemplate');
    expect((await run(['template', 'validate', path])).code).toBe(0);
  });
});
