import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDocument } from './markdown.ts';

const ROOT = new URL('../../', import.meta.url);
const PAGE = readDocument('docs/threat-model.md').replaceAll(/\s+/g, ' ');

interface Named {
  readonly file: string;
  readonly title: string;
}

/** The tests that the page names: a path, and after it the titles in quotation marks, up to the next path. */
function namedTests(): Named[] {
  return PAGE.split(/(?=`test\/[^`]+`)/).flatMap((part) => {
    const file = /^`(test\/[^`]+\.ts)`/.exec(part)?.[1];
    return file === undefined ? [] : [...part.matchAll(/“([^”]+)”/g)].map((one) => ({ file, title: one[1] ?? '' }));
  });
}

/** The texts between quotation marks, with which titles stand in a file; `%s` stands for anything. */
function titlesIn(file: string): RegExp[] {
  const literals = [...readDocument(file).matchAll(/(['"`])((?:\\.|(?!\1)[^\\\n])+)\1/g)].map((one) => one[2] ?? '');
  return literals.filter((text) => /[^%\s]{3}/.test(text)).map((text) => new RegExp(`^${escaped(text).replaceAll('%s', '.+')}$`));
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('docs/threat-model.md', () => {
  const named = namedTests();

  it('names tests at all', () => {
    expect(named.length).toBeGreaterThan(50);
  });

  it('names only tests that exist, by file and title', () => {
    const files = [...new Set([...PAGE.matchAll(/`(test\/[^`]+)`/g)].map((one) => one[1] ?? ''))];
    expect(files.filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([]);
    const titles = new Map(files.map((file) => [file, titlesIn(file)]));
    const missing = named.filter(({ file, title }) => titles.get(file)?.some((pattern) => pattern.test(title)) !== true);
    expect(missing).toEqual([]);
  });

  it('names every way past the gate that is tried', () => {
    const folder = 'test/control-plane/';
    const files = readdirSync(new URL(folder, ROOT)).filter((name) => name.startsWith('bypass-'));
    const tried = files.flatMap((name) =>
      [...readDocument(`${folder}${name}`).matchAll(/^describe\('(.+)', /gm)].map((one) => ({
        file: `${folder}${name}`,
        title: one[1] ?? '',
      })),
    );
    expect(tried.length).toBeGreaterThan(10);
    expect(tried.filter(({ title }) => !title.startsWith('bypass: '))).toEqual([]);
    expect(tried.filter((one) => !named.some(({ file, title }) => file === one.file && title === one.title))).toEqual([]);
  });

  it('tries each way in a test of a describe that names it', () => {
    const folder = 'test/control-plane/';
    const files = readdirSync(new URL(folder, ROOT)).filter((name) => name.startsWith('bypass-'));
    expect(files.filter((name) => /^(it|test)[.(]/m.test(readDocument(`${folder}${name}`)))).toEqual([]);
  });
});
