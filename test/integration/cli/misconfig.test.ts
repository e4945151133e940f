import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readManifests } from '../../../src/adapters/files/manifests.ts';
import { readDocuments } from '../../../src/adapters/yaml/read.ts';
import { checkFiles } from '../../../src/app/check.ts';
import { loadTemplate } from '../../../src/cli/load-template.ts';
import { MISCONFIGURATIONS } from '../../../src/core/misconfigurations.ts';
import { readDocument } from '../../docs/markdown.ts';

const FOLDER = 'test/fixtures/misconfig';
const CODES = MISCONFIGURATIONS.map(({ code }) => code);
const authority = await loadTemplate(`${FOLDER}/template.yaml`);

/** `12 service-target-undeclared (warning)`, in the order of the lines. */
async function found(file: string): Promise<string[]> {
  const files = await readManifests([file]);
  const { misconfigurations } = checkFiles(files, { authority, read: readDocuments, defaultNamespace: 'default' });
  return misconfigurations.map(({ place, code, severity }) => `${place.line} ${code} (${severity})`);
}

/** What the comments of a sample promise: `# ! code` is a warning at this line, `# ? code` a note. */
function promised(file: string): string[] {
  return readDocument(file)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/([!?]) ([a-z-]+)/g)].flatMap(([, mark, code = '']) =>
        line.includes(' # ') && CODES.includes(code) ? [`${index + 1} ${code} (${mark === '!' ? 'warning' : 'note'})`] : [],
      ),
    );
}

describe('the samples of misconfigurations', () => {
  it('are there for every class', () => {
    const folders = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    expect(folders.sort()).toEqual([...CODES].sort());
  });

  it.each(CODES)('%s: the bad sample has exactly what its comments say, at these lines', async (code) => {
    const file = `${FOLDER}/${code}/bad.yaml`;
    expect(promised(file).some((line) => line.includes(` ${code} (`))).toBe(true);
    expect(await found(file)).toEqual(promised(file));
  });

  it.each(CODES)('%s: the corrected sample has nothing', async (code) => {
    expect(await found(`${FOLDER}/${code}/good.yaml`)).toEqual([]);
  });
});
