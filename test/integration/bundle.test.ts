import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { withFiles } from '../support/cli.ts';

const run = promisify(execFile);

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: off
namespaces:
  - name: shop
    rules: [{ports: [8080]}]
`;
const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {containers: [{name: a, ports: [{containerPort: 8080}]}]}\n';

/** A build reads thousands of files. */
const BUILD_MS = 60_000;

/** The packages that are loaded before any command runs: what a dynamic import brings is not among them. */
function loadedAtStart({ inputs }: Metafile): string[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind } of inputs[file]?.imports ?? []) if (kind !== 'dynamic-import') visit(path);
  };
  visit('src/main.ts');
  const names = [...seen].flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort();
}

describe('the bundle', () => {
  it(
    'loads no client library, server or certificate maker before a command asks for it',
    async () => {
      const { metafile } = await build({
        entryPoints: ['src/main.ts'],
        bundle: true,
        write: false,
        metafile: true,
        platform: 'node',
        format: 'esm',
        logLevel: 'silent',
      });
      expect(loadedAtStart(metafile)).toEqual([
        '@colors/colors',
        'ansi-regex',
        'cli-table3',
        'commander',
        'emoji-regex',
        'is-fullwidth-code-point',
        'js-yaml',
        'picocolors',
        'string-width',
        'strip-ansi',
      ]);
    },
    BUILD_MS,
  );

  it(
    'needs nothing outside of its folder, and can be executed',
    async () => {
      await withFiles({ 'template.yaml': TEMPLATE, 'pod.yaml': POD }, async (folder) => {
        const program = `${folder}/portcullis.js`;
        await run(process.execPath, ['build.mjs', program]);
        const { stdout, stderr } = await run(program, ['check', '--template', 'template.yaml', 'pod.yaml'], { cwd: folder });
        expect({ stdout, stderr }).toEqual({ stdout: '1 object: 1 permitted, 0 in violation\n', stderr: '' });
        const picture = await run(program, ['template', 'show', 'template.yaml', '-o', 'svg'], { cwd: folder });
        expect({ texts: picture.stdout.match(/(?<=<text [^>]*>)[^<]*/g), stderr: picture.stderr }).toEqual({
          texts: ['What the template permits', 'shop', '8080/TCP', 'every pod', 'anywhere'],
          stderr: '',
        });
      });
    },
    BUILD_MS,
  );
});
