import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { run, withFiles } from '../../support/cli.ts';

const FILES = {
  'template.yaml': `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: off
namespaces:
  - name: shop
    rules: [{pods: {app: api}, ports: [8080]}]
`,
  'api.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: api, namespace: shop, labels: {app: api}}\nspec: {containers: [{name: main}]}\n',
};

describe('portcullis run', () => {
  it.each([['--dry-run'], ['--diff']])('with %s says which files it would write, and writes none', { timeout: 60_000 }, async (way) => {
    await withFiles(FILES, async (folder) => {
      const target = ['--scan-target', `shop/api=127.0.0.46,pid=${process.pid}`, '--manifests', `${folder}/api.yaml`, '--engine', 'off'];
      const { out } = await run(['run', '--template', `${folder}/template.yaml`, ...target, '--policies', `${folder}/out`, way], {
        folder,
      });
      expect(out.split(/^\d\. .*\n/m)[2]).toBe('DIR/out/shop-block.yaml written (dry run)\nDIR/out/shop-allow.yaml written (dry run)\n\n');
      expect((await readdir(folder)).sort()).toEqual(['api.yaml', 'template.yaml']);
    });
  });
});
