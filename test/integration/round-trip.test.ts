import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, withFiles } from '../support/cli.ts';

const corpus = process.env.PORTCULLIS_CORPUS;

/** The manifests of the corpus that declare ports, by their paths in it. */
function filesWithPorts(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ya?ml|json)$/.test(name) && statSync(join(folder, name)).isFile())
    .filter((name) => readFileSync(join(folder, name), 'utf8').includes('containerPort'))
    .sort();
}

describe('what is learned from the manifests of other people', () => {
  if (corpus === undefined) {
    it('is not known here: PORTCULLIS_CORPUS names no folder', () => expect(corpus).toBeUndefined());
    return;
  }
  const folder = corpus;

  it('is valid, permits all of them in enforce, makes policies, and lacks nothing', { timeout: 120_000 }, async () => {
    const files = filesWithPorts(folder);
    expect(files.length).toBeGreaterThan(100);
    const odd: unknown[] = [];
    for (const name of files) {
      const manifest = join(folder, name);
      const learned = await run(['learn', manifest]);
      // A file of which nothing can be read, or that has no workload of a kind that is judged.
      if (learned.out === '') {
        if (learned.code !== 2 || learned.err === '') odd.push({ name, learned });
        continue;
      }
      await withFiles({ 'template.yaml': learned.out, 'copy.yaml': learned.out }, async (made) => {
        const template = `${made}/template.yaml`;
        const valid = await run(['template', 'validate', template]);
        const checked = await run(['check', '--template', template, '--mode', 'enforce', '-o', 'json', manifest]);
        const { violations } = JSON.parse(checked.out).summary;
        const listed = !learned.out.includes('namespaces: []');
        const generated = await run(['generate', '--template', template]);
        const previewed = await run(['preview', template, `${made}/copy.yaml`, '--manifests', manifest]);
        const again = await run(['learn', manifest, '--merge', template]);
        const previews = learned.code === 0 ? previewed.out : 'nothing changes\n';
        const seen = { valid: valid.code, violations, generated: generated.code, previews, again: again.out };
        const wanted = { valid: 0, violations: 0, generated: listed ? 0 : 2, previews: 'nothing changes\n', again: learned.out };
        if (JSON.stringify(seen) !== JSON.stringify(wanted)) odd.push({ name, seen, err: [checked.err, previewed.err, again.err] });
      });
    }
    expect(odd).toEqual([]);
  });
});
