import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGroups, templateFiles } from '../../../src/adapters/files/template-files.ts';
import type { Stop, TemplateGroup } from '../../../src/ports.ts';

let folder = '';
let stop: Stop | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-template-'));
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  await rm(folder, { recursive: true });
});

/** Watches the path; `next` answers what is delivered next, in short words. */
async function watching(path: string, poll = 60_000): Promise<() => Promise<Record<string, string>>> {
  const delivered: (readonly TemplateGroup[])[] = [];
  const waiting: ((groups: readonly TemplateGroup[]) => void)[] = [];
  stop = await templateFiles(path, { settle: 10, poll }).watch((groups) => {
    const waiter = waiting.shift();
    if (waiter === undefined) delivered.push(groups);
    else waiter(groups);
  });
  return async () => short(delivered.shift() ?? (await new Promise<readonly TemplateGroup[]>((resolve) => waiting.push(resolve))));
}

function short(groups: readonly TemplateGroup[]): Record<string, string> {
  return Object.fromEntries(groups.map(({ name, documents }) => [basename(name), documents.map(({ text }) => text).join('|')]));
}

describe('the template from files', () => {
  it('is one group for a file, delivered at once and after each change', async () => {
    const file = join(folder, 'template.yaml');
    await writeFile(file, 'one');
    const next = await watching(file);
    expect(await next()).toEqual({ 'template.yaml': 'one' });
    await writeFile(file, 'two');
    expect(await next()).toEqual({ 'template.yaml': 'two' });
  });

  it('is read again where an editor replaces the file', async () => {
    const file = join(folder, 'template.yaml');
    await writeFile(file, 'one');
    const next = await watching(file);
    await next();
    for (const text of ['two', 'three']) {
      await writeFile(join(folder, '.swap'), text);
      await rename(join(folder, '.swap'), file);
      expect(await next()).toEqual({ 'template.yaml': text });
    }
  });

  it('is one group a file for a folder, sorted, without other files', async () => {
    for (const name of ['b.yml', 'a.yaml', 'c.json', 'notes.txt', '.hidden.yaml']) await writeFile(join(folder, name), name);
    const next = await watching(folder);
    expect(Object.keys(await next())).toEqual(['a.yaml', 'b.yml', 'c.json']);
    await rm(join(folder, 'b.yml'));
    expect(Object.keys(await next())).toEqual(['a.yaml', 'c.json']);
  });

  it('follows the symbolic links of a mounted ConfigMap', async () => {
    for (const version of ['1', '2']) {
      await mkdir(join(folder, `..${version}`));
      await writeFile(join(folder, `..${version}`, 'template.yaml'), `version ${version}`);
    }
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/template.yaml', join(folder, 'template.yaml'));
    const next = await watching(folder);
    expect(await next()).toEqual({ 'template.yaml': 'version 1' });
    await symlink('..2', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    expect(await next()).toEqual({ 'template.yaml': 'version 2' });
  });

  it('is found by looking again where no event comes, as for a link to another folder', async () => {
    const target = await mkdtemp(join(tmpdir(), 'portcullis-target-'));
    await writeFile(join(target, 'real.yaml'), 'one');
    await symlink(join(target, 'real.yaml'), join(folder, 'template.yaml'));
    const next = await watching(join(folder, 'template.yaml'), 20);
    await next();
    await writeFile(join(target, 'next.yaml'), 'two');
    await rename(join(target, 'next.yaml'), join(target, 'real.yaml'));
    expect(await next()).toEqual({ 'template.yaml': 'two' });
    await rm(target, { recursive: true });
  });

  it('delivers nothing while the file is away', async () => {
    const file = join(folder, 'template.yaml');
    await writeFile(file, 'one');
    const next = await watching(file, 20);
    await next();
    await rm(file);
    await writeFile(join(folder, '.swap'), 'two');
    await rename(join(folder, '.swap'), file);
    expect(await next()).toEqual({ 'template.yaml': 'two' });
  });

  it('rejects a path that is not there at the start', async () => {
    await expect(readGroups(join(folder, 'missing.yaml'))).rejects.toThrow('ENOENT');
    await expect(templateFiles(join(folder, 'missing.yaml')).watch(() => undefined)).rejects.toThrow('ENOENT');
  });
});
