import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { examplesOf, run, withFiles } from '../../support/cli.ts';

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: off
exempt: [kube-system]
namespaces:
  - name: web
    rules: [{pods: {app: front}, ports: [8443]}]
  - name: shop
    mode: audit
    rules: [{ports: [8080]}]
  - name: lab
    mode: off
  - name: pr-*
    rules: [{ports: [80], from: [{apiServer: true}]}]
`;

const generate = (folder: string, ...words: string[]) => run(['generate', '--template', `${folder}/template.yaml`, ...words], { folder });
const inFolder = <T>(work: (folder: string) => Promise<T>) => withFiles({ 'template.yaml': TEMPLATE }, work);

const AUDIT = 'portcullis: shop is in mode audit: its policies are shown, the controller does not apply them\n';
const OFF = (origin: string) => `portcullis: lab is off (${origin}): it has no policies\n`;

describe('portcullis generate', () => {
  it('writes two files a namespace, then says that nothing changed', async () => {
    await inFolder(async (folder) => {
      const lines = (word: string) =>
        ['shop-block', 'shop-allow', 'web-block', 'web-allow'].map((file) => `DIR/out/${file}.yaml ${word}\n`).join('');
      const err = `${OFF('DIR/template.yaml:12')}${AUDIT}`;
      expect(await generate(folder, '--output', `${folder}/out`)).toEqual({ code: 0, out: lines('written'), err });
      expect(await generate(folder, '--output', `${folder}/out`)).toEqual({ code: 0, out: lines('unchanged'), err });
      expect((await readdir(`${folder}/out`)).sort()).toEqual(['shop-allow.yaml', 'shop-block.yaml', 'web-allow.yaml', 'web-block.yaml']);
      expect(await readFile(`${folder}/out/web-block.yaml`, 'utf8')).toMatch(
        /name: portcullis-block\n {2}namespace: web[\s\S]*podSelector: {}\n {2}policyTypes:\n {4}- Ingress\n {4}- Egress\n {2}ingress: \[\]\n {2}egress: \[\]\n$/,
      );
    });
  });

  it('removes files of ours for namespaces that are gone, and leaves those of others', async () => {
    await inFolder(async (folder) => {
      await generate(folder, '--output', `${folder}/out`);
      await writeFile(`${folder}/out/mine-allow.yaml`, 'kind: Pod\n');
      await writeFile(`${folder}/template.yaml`, TEMPLATE.replace('name: shop', 'name: shop2'));
      const { out } = await generate(folder, '--output', `${folder}/out`);
      expect(out).toContain('DIR/out/shop-allow.yaml removed\nDIR/out/shop-block.yaml removed\n');
      expect((await readdir(`${folder}/out`)).sort()).toEqual([
        'mine-allow.yaml',
        'shop2-allow.yaml',
        'shop2-block.yaml',
        'web-allow.yaml',
        'web-block.yaml',
      ]);
    });
  });

  it('prints the pair of a named namespace, which a pattern may describe', async () => {
    await inFolder(async (folder) => {
      const { code, out, err } = await generate(folder, 'pr-1', '--api-server=10.0.0.1');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.match(/^ {2}name: .*/gm)).toEqual([
        '  name: portcullis-block',
        '  name: portcullis-allow',
        '  name: portcullis-allow-ingress',
      ]);
      expect(out).toContain('cidr: 10.0.0.1/32');
    });
  });

  it('says which rule needs the addresses of the API server', async () => {
    await inFolder(async (folder) => {
      const { code, err } = await generate(folder, 'pr-1');
      const rule = 'rule DIR/template.yaml:15 means the API server, whose addresses are not known here; say --api-server=IP';
      expect({ code, err }).toEqual({ code: 0, err: `portcullis: pr-1: ${rule}\n` });
    });
  });

  it.each([
    ['kube-system', 'portcullis: kube-system is exempt: it has no policies\n'],
    ['lab', OFF('DIR/template.yaml:12')],
  ])('has nothing for %s, and leaves with 2', async (namespace, note) => {
    await inFolder(async (folder) => {
      const { code, out, err } = await generate(folder, namespace);
      const last = 'portcullis: no namespace to generate for: name one, or list it in the template by its exact name\n';
      expect({ code, out, err }).toEqual({ code: 2, out: '', err: `${note}${last}` });
    });
  });

  it('overwrites no file that somebody else wrote', async () => {
    await inFolder(async (folder) => {
      await generate(folder, '--output', `${folder}/out`);
      const text = await readFile(`${folder}/out/web-block.yaml`, 'utf8');
      const foreign = text.replace('managed-by: portcullis', 'managed-by: blue').replace(/ {2}annotations:\n.*\n/, '');
      await writeFile(`${folder}/out/web-block.yaml`, foreign);
      const { code, err } = await generate(folder, 'web', '--output', `${folder}/out`);
      expect(code).toBe(2);
      expect(err).toContain('DIR/out/web-block.yaml is not ours');
      expect(await readFile(`${folder}/out/web-block.yaml`, 'utf8')).toBe(foreign);
    });
  });

  it('shows with --diff what would change in the files, leaves them as they are, and leaves with 1', async () => {
    await inFolder(async (folder) => {
      await generate(folder, '--output', `${folder}/out`);
      expect(await generate(folder, '--output', `${folder}/out`, '--diff')).toMatchObject({ code: 0, out: '' });
      await writeFile(`${folder}/template.yaml`, TEMPLATE.replace('8443', '9443').replace('name: shop', 'name: pay'));
      const before = await readFile(`${folder}/out/web-allow.yaml`, 'utf8');
      const { code, out } = await generate(folder, '--output', `${folder}/out`, '--diff');
      expect({ code, files: out.match(/^--- .*\n\+\+\+ .*$/gm) }).toEqual({
        code: 1,
        files: [
          '--- /dev/null\n+++ b/DIR/out/pay-block.yaml',
          '--- /dev/null\n+++ b/DIR/out/pay-allow.yaml',
          '--- a/DIR/out/web-block.yaml\n+++ b/DIR/out/web-block.yaml',
          '--- a/DIR/out/web-allow.yaml\n+++ b/DIR/out/web-allow.yaml',
          '--- a/DIR/out/shop-allow.yaml\n+++ /dev/null',
          '--- a/DIR/out/shop-block.yaml\n+++ /dev/null',
        ],
      });
      expect(out).toContain('-        - port: 8443\n+        - port: 9443\n');
      expect(await readFile(`${folder}/out/web-allow.yaml`, 'utf8')).toBe(before);
      expect((await readdir(`${folder}/out`)).sort()).toEqual(['shop-allow.yaml', 'shop-block.yaml', 'web-allow.yaml', 'web-block.yaml']);
    });
  });

  it('shows with --diff a folder that is not there yet as new files, and wants to know which folder', async () => {
    await inFolder(async (folder) => {
      const { code, out } = await generate(folder, 'web', '--output', `${folder}/new`, '--diff');
      expect({ code, files: out.match(/^\+\+\+ .*$/gm) }).toEqual({
        code: 1,
        files: ['+++ b/DIR/new/web-block.yaml', '+++ b/DIR/new/web-allow.yaml'],
      });
      await expect(readdir(`${folder}/new`)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await generate(folder, '--diff')).toEqual({
        code: 2,
        out: '',
        err: 'portcullis: --diff compares with the files of a folder: name it with --output\n',
      });
    });
  });

  it('has examples that run', async () => {
    const examples = examplesOf((await run(['generate', '--help'])).out);
    expect(examples).toHaveLength(5);
    for (const example of examples) {
      const ran = await inFolder((folder) =>
        run(
          example.map((word) => (/^template\.yaml$|^policies\//.test(word) ? `${folder}/${word}` : word)),
          { folder },
        ),
      );
      expect({ example, code: ran.code }).toEqual({ example, code: example.includes('--diff') ? 1 : 0 });
    }
  });
});
