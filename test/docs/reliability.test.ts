import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { reliabilityPage } from '../reliability/page.ts';

describe('docs/reliability.md', () => {
  it('is what `npm run reliability` makes of the figures that are kept', async () => {
    expect(await readFile('docs/reliability.md', 'utf8')).toBe(await reliabilityPage());
  });

  it('names commands that package.json has', async () => {
    const page = await reliabilityPage();
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
    const named = [...page.matchAll(/`npm run ([\w:-]+)/g)].map(([, name]) => name ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
