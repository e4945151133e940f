import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../../../src/adapters/yaml/read.ts';
import { writeDocuments } from '../../../../src/adapters/yaml/write.ts';
import { type DocumentNode, formatIssue, toValue } from '../../../../src/core/document.ts';
import { parseTemplate } from '../../../../src/core/template/parse.ts';
import { renderTemplate } from '../../../../src/core/template/render.ts';
import { templateSchema } from '../../../../src/core/template/schema.ts';
import { templates } from '../../../support/arbitrary.ts';
import { documentOf, ruleOf } from '../../../support/parse-template.ts';

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: false });
const validate = ajv.compile(templateSchema());

function documentNode(text: string): DocumentNode {
  const [document] = readDocuments({ document: 'a.yaml', text }).documents;
  if (document === undefined) throw new Error('no document');
  return document;
}

/** As an editor reads it: YAML 1.2, where `off` is a word. */
function editorValue(node: DocumentNode): unknown {
  return JSON.parse(JSON.stringify(toValue(words(node))));
}

function words(node: DocumentNode): DocumentNode {
  switch (node.kind) {
    case 'map':
      return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: words(entry.value) })) };
    case 'list':
      return { ...node, items: node.items.map(words) };
    case 'scalar':
      return typeof node.value === 'boolean' && !/^(true|false)$/i.test(node.raw) ? { ...node, value: node.raw } : node;
  }
}

describe('the JSON Schema', () => {
  it('refuses what only an editor can tell while the line is written', () => {
    const refused = [
      ruleOf('{ports: [80], form: []}'),
      ruleOf('{ports: [0]}'),
      ruleOf('{ports: [80/tcp]}'),
      ruleOf('{pods: {app: x}}'),
      ruleOf('{ports: [80], from: [{}]}'),
      ruleOf('{ports: [80], from: [{cidr: 10.0.0.0/8, pods: {}}]}'),
      ruleOf('{ports: [80], from: [{pods: {}}], to: [{pods: {}}]}'),
      ruleOf('{ports: [80], pods: {app: 1}}'),
      ruleOf('{ports: [80], pods: {matchExpressions: [{key: a, operator: In}]}}'),
      documentOf('mode: enforce\n'),
      documentOf('mode: enforced\n'),
      documentOf('exempt: ["*"]\n'),
      documentOf('defaults: {dns: {pods: {}, ports: [53]}}\n'),
      'kind: PortTemplate\n',
    ];
    expect(refused.filter((text) => validate(editorValue(documentNode(text))))).toEqual([]);
  });

  it('describes every key that people may write', () => {
    const undescribed: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key === 'properties') {
          for (const [name, property] of Object.entries(value as Record<string, unknown>)) {
            const words = typeof property === 'object' && property !== null && 'description' in property;
            // What stands below a condition only narrows a key that is described elsewhere.
            if (!words && typeof property === 'object' && !/\/oneOf|\/if|\/items\/(then|else)$/.test(path))
              undescribed.push(`${path}/${name}`);
          }
        }
        visit(value, `${path}/${key}`);
      }
    };
    visit(templateSchema(), '');
    expect(undescribed).toEqual([]);
  });

  it('accepts what the parser accepts, also after any change; what it refuses the parser refuses', () => {
    const stranger: fc.Arbitrary<unknown> = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        true,
        0,
        80,
        1.5,
        '',
        'off',
        'x y',
        '80/tcp',
        '9-1',
        '*',
        'pr-*',
        'In',
        [],
        {},
        { pods: {} },
        { cidr: '10.0.0.0/8' },
        ['80'],
        [{}],
      ),
    );
    const change = fc.record({
      at: fc.nat(),
      how: fc.constantFrom('replace', 'remove', 'add', 'rename'),
      value: stranger,
      key: fc.constantFrom('from', 'to', 'ports', 'mode', 'x', 'matchLabels', 'except', 'unlisted'),
    });
    fc.assert(
      fc.property(templates, fc.array(change, { maxLength: 3 }), (template, changes) => {
        const value: unknown = JSON.parse(JSON.stringify(renderTemplate(template)));
        for (const one of changes) mutate(value, one);
        const node = documentNode(writeDocuments([value]));
        const parsed = parseTemplate(node);
        if (!validate(editorValue(node)) && parsed.ok) throw new Error(`${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
        if (changes.length === 0 && !parsed.ok) throw new Error(parsed.issues.map(formatIssue).join('\n'));
      }),
      { numRuns: 300 },
    );
  });
});

interface Change {
  readonly at: number;
  readonly how: string;
  readonly value: unknown;
  readonly key: string;
}

/** Changes one place of the value, chosen by number. */
function mutate(value: unknown, { at, how, value: stranger, key }: Change): void {
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const collect = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null) return;
    for (const [name, inner] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key: name });
      collect(inner);
    }
  };
  collect(value);
  const place = places[at % places.length];
  if (place === undefined) return;
  if (how === 'replace') place.holder[place.key] = stranger;
  else if (how === 'add' && !Array.isArray(place.holder)) place.holder[key] = stranger;
  else if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1);
  else {
    const inner = place.holder[place.key];
    delete place.holder[place.key];
    if (how === 'rename') place.holder[key] = inner;
  }
}
