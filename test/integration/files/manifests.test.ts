import { mkdir, symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readManifests } from '../../../src/adapters/files/manifests.ts';
import { withFiles } from '../../support/cli.ts';

const FILES = {
  'a.yaml': 'a',
  'b.yml': 'b',
  'c.json': 'c',
  'notes.txt': 'no manifest',
  'deep/one/d.yaml': 'd',
  'deep/two/e.yaml': 'e',
  'deep/two/more/f.YAML': 'f',
  '.hidden/g.yaml': 'g',
  'odd[1].yaml': 'odd',
};

/** The files in order, without the folder; an issue as its sentence. */
async function read(...paths: string[]): Promise<string[]> {
  return withFiles(FILES, async (folder) => {
    await symlink(`${folder}/a.yaml`, `${folder}/link.yaml`);
    await symlink(`${folder}/gone`, `${folder}/deep/dangling.yaml`);
    await mkdir(`${folder}/..2026_01_01`);
    const files = await readManifests(paths.map((path) => `${folder}/${path}`));
    return files.map((file) =>
      'source' in file
        ? file.source.document.slice(folder.length + 1)
        : `${file.issue.place.document.slice(folder.length + 1)}: ${file.issue.message}`,
    );
  });
}

describe('the manifests that paths mean', () => {
  it.each<[string, string[], string[]]>([
    ['a file as it is, whatever it is called', ['notes.txt'], ['notes.txt']],
    [
      'a folder with what is below it, and a link that leads nowhere',
      ['deep'],
      ['deep/dangling.yaml: no such file or folder', 'deep/one/d.yaml', 'deep/two/e.yaml', 'deep/two/more/f.YAML'],
    ],
    ['a file once, however many paths and links lead to it', ['link.yaml', 'a.yaml', '*.yaml'], ['link.yaml', 'odd[1].yaml']],
    ['a star within a name, not for hidden ones', ['*.yml', 'deep/*/*.yaml'], ['b.yml', 'deep/one/d.yaml', 'deep/two/e.yaml']],
    ['two stars for any number of folders', ['**/{d,e}.yaml'], ['deep/one/d.yaml', 'deep/two/e.yaml']],
    [
      'a question mark, a set and its opposite',
      ['?.json', '[ab].y*ml', 'deep/[!o]*/e.yaml'],
      ['c.json', 'a.yaml', 'b.yml', 'deep/two/e.yaml'],
    ],
    ['a folder that a pattern matches, with what is below it', ['dee*/tw?'], ['deep/two/e.yaml', 'deep/two/more/f.YAML']],
    ['hidden folders by a dot alone', ['.*/g.yaml'], ['.hidden/g.yaml']],
    ['a name that looks like a pattern and exists', ['odd[1].yaml'], ['odd[1].yaml']],
    ['a pattern that matches nothing is an issue', ['*.toml'], ['*.toml: no file or folder matches this pattern']],
    ['a missing file is an issue, and the rest is read', ['gone.yaml', 'a.yaml'], ['gone.yaml: no such file or folder', 'a.yaml']],
  ])('%s', async (_sentence, paths, expected) => {
    expect(await read(...paths)).toEqual(expected);
  });
});
