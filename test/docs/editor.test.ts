import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/cli.ts';
import { type LanguageServer, startLanguageServer } from '../support/language-server.ts';
import { fencedBlocks, readDocument, sectionOf } from './markdown.ts';

/** Docs/editor.md, followed to the letter, with a real language server. */

const [COMMAND = '', TEMPLATE = ''] = fencedBlocks(sectionOf(readDocument('docs/editor.md'), 'The template in an editor'));
/** The server is started once and loads slowly on a busy machine. */
const PATIENCE = 60_000;

let folder: string;
let server: LanguageServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-editor-'));
  const [, words = '', file = ''] = /^portcullis (.*) > (.*)\n$/.exec(COMMAND) ?? [];
  await writeFile(join(folder, file), (await run(words.split(' '))).out);
  server = await startLanguageServer();
}, PATIENCE);

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

let opened = 0;
/** The template of the page with a change, open in the editor under a name of its own. */
async function open(from: string, to: string) {
  opened += 1;
  const uri = pathToFileURL(join(folder, `template-${opened}.yaml`)).href;
  expect(TEMPLATE).toContain(from);
  const text = TEMPLATE.replace(from, to);
  const mistakes = await server.open(uri, text);
  /** The position behind some words. */
  const behind = (words: string): [line: number, character: number] => {
    const lines = text.slice(0, text.indexOf(words) + words.length).split('\n');
    return [lines.length - 1, lines.at(-1)?.length ?? 0];
  };
  return { uri, mistakes, behind };
}

describe('the template of the page, in an editor', { timeout: PATIENCE }, () => {
  it('has no mistakes, also for portcullis', async () => {
    expect((await open('shop', 'shop')).mistakes).toEqual([]);
    await writeFile(join(folder, 'template.yaml'), TEMPLATE);
    expect(await run(['template', 'validate', join(folder, 'template.yaml')])).toMatchObject({ code: 0, err: '' });
  });

  it('has its mistakes underlined', async () => {
    const { mistakes: word } = await open('mode: enforce', 'mode: enforced');
    expect(word).toEqual([expect.stringMatching(/^4: Value is not accepted\. Valid values: "enforce", "audit", "off"\./)]);
    const { mistakes: key } = await open('from:', 'form:');
    expect(key).toEqual([expect.stringMatching(/^12: Property form is not allowed\./)]);
    const { mistakes: port } = await open('8080/TCP', '8080/tcp');
    expect(port).toEqual([expect.stringMatching(/^11: /)]);
  });

  it('is completed, key and word', async () => {
    const word = await open('mode: enforce', 'mode: ');
    expect((await server.complete(word.uri, ...word.behind('\nmode: '))).sort()).toEqual(['"off"', 'audit', 'enforce']);
    const key = await open('        from:', '        ');
    expect(await server.complete(key.uri, ...key.behind('9000-9100/UDP]\n        '))).toEqual(expect.arrayContaining(['from', 'to']));
  });

  it('takes the word off as the editor writes it, in quotes', async () => {
    const path = join(folder, 'off.yaml');
    await writeFile(path, TEMPLATE.replace('mode: enforce', 'mode: "off"'));
    expect(await run(['template', 'validate', path])).toMatchObject({ code: 0, err: '' });
  });

  it('says what a key means', async () => {
    const { uri, behind } = await open('shop', 'shop');
    expect(await server.hover(uri, ...behind('unlis'))).toContain('The mode of a namespace that no document lists');
  });
});
