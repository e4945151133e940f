import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asRecord } from '../../src/core/unknown.ts';
import { readDocument } from './markdown.ts';

const ROOT = new URL('../../', import.meta.url);
const files = (folder: string) =>
  readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}${name}`);
const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...files('docs/')].filter((path) => path.endsWith('.md'));

/** The targets of relative links, as paths from the root. */
function linksOf(path: string): string[] {
  const targets = [...readDocument(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((link) => link[1] ?? '');
  return targets.filter((target) => !/^[a-z]+:/.test(target)).map((target) => new URL(target, new URL(`${dirname(path)}/`, ROOT)).pathname);
}

describe('the pages', () => {
  it.each(PAGES)('%s links to what exists', (path) => {
    expect(linksOf(path).filter((target) => !existsSync(target))).toEqual([]);
  });

  it.each(PAGES)('%s names npm scripts that package.json has', (path) => {
    const scripts = Object.keys(asRecord(asRecord(JSON.parse(readDocument('package.json'))).scripts));
    const named = [...readDocument(path).matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(test)\b)/g)].map((one) => one[1] ?? one[2] ?? '');
    expect(named.filter((script) => !scripts.includes(script))).toEqual([]);
  });

  it('are all reached from the README, or from a page that it links to', () => {
    const linked = ['README.md', 'CONTRIBUTING.md'].flatMap(linksOf);
    const isReached = (path: string) => linked.some((target) => new URL(path, ROOT).pathname.startsWith(target));
    expect(PAGES.filter((path) => path !== 'README.md' && !isReached(path))).toEqual([]);
  });
});
