import { describe, expect, it } from 'vitest';
import { templateSchema } from '../../src/core/template/schema.ts';
import { asList, asRecord, textOf } from '../../src/core/unknown.ts';
import { run, withFiles } from '../support/cli.ts';
import { fencedBlocks, readDocument, tableRows } from './markdown.ts';

const PAGE = readDocument('docs/template.md');

/** What stands under a heading of any level, up to the next one. */
function partOf(heading: string): string {
  const found = `\n${PAGE}`.split(/\n##+ /).find((part) => part.startsWith(`${heading}\n`));
  if (found === undefined) throw new Error(`there is no part ${heading}`);
  return found;
}

const inside = (schema: unknown, ...keys: readonly string[]): Readonly<Record<string, unknown>> =>
  keys.reduce((found, key) => asRecord(found[key]), asRecord(schema));

/** The rows of a map, as the schema has them: the key, the words that may be its value, what it means. */
function rowsOf(schema: unknown): string[][] {
  return Object.entries(inside(schema, 'properties')).map(([key, value]) => {
    const { enum: words, description } = asRecord(value);
    const values = asList(words).map((word) => `\`${textOf(word)}\``);
    return [`\`${key}\``, values.join(', '), textOf(description)];
  });
}

const document = templateSchema();
const defaults = inside(document, 'properties', 'defaults');
const dns = asList(inside(defaults, 'properties', 'dns').anyOf).find((one) => 'properties' in asRecord(one));
const namespace = inside(document, 'properties', 'namespaces', 'items');
const rule = inside(namespace, 'properties', 'rules', 'items');
const peer = inside(rule, 'properties', 'from', 'items');

describe('docs/template.md', () => {
  it.each<[string, unknown]>([
    ['A document', document],
    ['`defaults`', defaults],
    ['`defaults.dns`', dns],
    ['A namespace', namespace],
    ['A rule', rule],
    ['A peer, in `from` and `to`', peer],
  ])('%s: every key with its values and its meaning, in the order of the grammar, and no other', (heading, schema) => {
    expect(tableRows(partOf(heading))).toEqual(rowsOf(schema));
  });

  it('has an example that is a template, and uses every key', async () => {
    const [example = ''] = fencedBlocks(PAGE);
    const ran = await withFiles({ 'template.yaml': example }, (folder) => run(['template', 'validate', `${folder}/template.yaml`]));
    expect({ code: ran.code, err: ran.err }).toEqual({ code: 0, err: '' });
    const keys = [document, defaults, namespace, rule, peer].flatMap((schema) => Object.keys(inside(schema, 'properties')));
    expect(keys.filter((key) => !new RegExp(`\\b${key}:`).test(example))).toEqual([]);
  });
});
