import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments, TEMPLATE_LIMITS } from '../../../src/adapters/yaml/read.ts';
import { writeDocuments } from '../../../src/adapters/yaml/write.ts';
import { formatIssue, formatPlace, nodeAt, toValue } from '../../../src/core/document.ts';

function read(text: string) {
  const { documents, issues } = readDocuments({ document: 'a.yaml', text });
  return { values: documents.map(toValue), issues: issues.map(formatIssue) };
}

function caseFile(path: string): string {
  return readFileSync(new URL(`../../fixtures/cases/${path}`, import.meta.url), 'utf8');
}

describe('a stream of documents', () => {
  const table: Record<string, { text: string; values: unknown[]; issues: string[] }> = {
    'empty documents are dropped': { text: '---\n# nothing\n---\na: 1\n---\n~\n---\n', values: [{ a: 1 }], issues: [] },
    'an empty text has no document': { text: '', values: [], issues: [] },
    'a byte order mark and CRLF mean nothing': {
      text: '\uFEFFa: 1\r\n---\r\nb: |\r\n  x\r\n',
      values: [{ a: 1 }, { b: 'x\n' }],
      issues: [],
    },
    'one unreadable document does not take the others with it': {
      text: 'a: 1\n---\nb: [\n---\nc: 3\n',
      values: [{ a: 1 }, { c: 3 }],
      issues: ['a.yaml:4:1  not readable as YAML: unexpected end of the stream within a flow collection'],
    },
    'a separator inside of an indented block scalar is text': {
      text: 'a: |\n  x\n  ---\n  y\nb: 1\n',
      values: [{ a: 'x\n---\ny\n', b: 1 }],
      issues: [],
    },
    'a separator with a comment separates': { text: 'a: 1\n--- # two\nb: 2\n', values: [{ a: 1 }, { b: 2 }], issues: [] },
    'content behind a separator is refused, as kubectl does': {
      text: 'a: 1\n--- {b: 2}\n---\nc: 3\n',
      values: [{ a: 1 }, { c: 3 }],
      issues: ['a.yaml:2:1  kubectl refuses anything behind --- but a comment; begin the document on the next line'],
    },
    'JSON is read by the same reader': {
      text: '{\n\t"a": [1e3, "\\u00e9\\/"],\n\t"b": {}\n}\n',
      values: [{ a: [1000, 'é/'], b: {} }],
      issues: [],
    },
    'JSON objects one behind the other are as many documents': {
      text: ' {"a": "}{\\"{"}\n{"b": [{}, {}]} {"c": 1}\n',
      values: [{ a: '}{"{' }, { b: [{}, {}] }, { c: 1 }],
      issues: [],
    },
    'also behind a separator': {
      text: 'a: 1\n---\n{"b": 1}{"c": 2}\n---\n{d: 3}\n',
      values: [{ a: 1 }, { b: 1 }, { c: 2 }, { d: 3 }],
      issues: [],
    },
    'a mistake in the second one has its place': {
      text: '{"a": 1}\n{"b": 1, "b": 2}',
      values: [{ a: 1 }],
      issues: ['a.yaml:2:10  b: duplicate key "b": it is already written at a.yaml:2'],
    },
    'behind a JSON object stands nothing else': {
      text: '{"a": 1}\nb\n',
      values: [],
      issues: ['a.yaml:2:1  not readable as YAML: this does not continue the document above: check indentation, colons and quotes'],
    },
    'objects that are no JSON do not stand one behind the other': {
      text: '{a: 1}\n{b: 2}\n',
      values: [],
      issues: ['a.yaml:2:1  not readable as YAML: this does not continue the document above: check indentation, colons and quotes'],
    },
    'a byte order mark begins any document': { text: 'a: 1\r\n---\r\n\uFEFFb: 2\r\n', values: [{ a: 1 }, { b: 2 }], issues: [] },
    'a byte order mark inside of a document would be part of a key that nobody sees': {
      text: 'a: 1\n---\n# a chart puts a comment here\n\uFEFFb: 2\n---\nc: "\uFEFF3"\n',
      values: [{ a: 1 }, { c: '\uFEFF3' }],
      issues: ['a.yaml:4:1  a byte order mark (U+FEFF) stands before this line, inside of a document; remove it'],
    },
    ...Object.fromEntries(
      ['0085', '2028', '2029'].map((code) => {
        const character = String.fromCharCode(Number.parseInt(code, 16));
        const words = `the character U+${code} ends a line for kubectl and not for other readers; remove it, or write "\\u${code}" in double quotes`;
        return [
          `a line break of YAML 1.1 alone, U+${code}, hides nothing in a comment`,
          {
            text: `a: 1\n---\nb: 2 #${character}c: 3\n---\nd: 4 #${character}---\ne: 5\n`,
            values: [{ a: 1 }],
            issues: [`a.yaml:3:7  ${words}`, `a.yaml:5:7  ${words}`],
          },
        ];
      }),
    ),
    'written as an escape it is a letter': { text: 'a: "\\u2028"\n', values: [{ a: '\u2028' }], issues: [] },
    'a key __proto__ is a key': {
      text: 'a: {__proto__: {x: 1}, constructor: 2}\n',
      values: [JSON.parse('{"a":{"__proto__":{"x":1},"constructor":2}}')],
      issues: [],
    },
    'zero bytes are named': {
      text: 'a\0:\0',
      values: [],
      issues: ['a.yaml:1:2  the text holds zero bytes (UTF-16 without a byte order mark?); save it as UTF-8'],
    },
    'a tab in the indentation has its place': {
      text: 'a:\n\tb: 1\n',
      values: [],
      issues: ['a.yaml:2:1  not readable as YAML: a tab stands in the indentation; use spaces'],
    },
    'every duplicate key of a document is named': {
      text: 'a: {x: 1, x: 2}\nb: 1\ny: 1\non: 2\n"true": 3\na: 2\n',
      values: [],
      issues: [
        'a.yaml:1:11  a.x: duplicate key "x": it is already written at a.yaml:1',
        'a.yaml:4:1  true: duplicate key "true": it is already written at a.yaml:3',
        'a.yaml:5:1  true: duplicate key "true": it is already written at a.yaml:4',
        'a.yaml:6:1  a: duplicate key "a": it is already written at a.yaml:1',
      ],
    },
    'an alias to nothing': { text: 'a: *x\n', values: [], issues: ['a.yaml:1:4  a: no anchor &x stands above this alias'] },
    'an anchor of another document is not known': {
      text: 'a: &x 1\n---\na: *x\n',
      values: [{ a: 1 }],
      issues: ['a.yaml:3:4  a: no anchor &x stands above this alias'],
    },
    'an alias inside of its own anchor': {
      text: 'a: &x {b: *x}\n',
      values: [],
      issues: ['a.yaml:1:11  a.b: the alias *x stands inside of its own anchor, so the value would never end'],
    },
    'keys that are no text': {
      text: '{a: 1}: 2\n~: 3\n',
      values: [],
      issues: ['a.yaml:1:1  this key is no text; quote it', 'a.yaml:2:1  this key is no text; quote it'],
    },
    'nesting over 100 levels': {
      text: `a: ${'['.repeat(101)}${']'.repeat(101)}`,
      values: [],
      issues: ['a.yaml:1:103  not readable as YAML: the document is nested deeper than 100 levels'],
    },
  };
  it.each(Object.entries(table))('%s', (_sentence, { text, values, issues }) => {
    expect(read(text)).toEqual({ values, issues });
  });
});

describe('places', () => {
  const text = '# head\na:\n  - b: "x"\n    c: [1, {d: 2}]\n---\ne: [\n1]\n';
  const { documents } = readDocuments({ document: 'a.yaml', text });
  const table: [number, (string | number)[], string][] = [
    [0, [], 'a.yaml:2:1'],
    [0, ['a'], 'a.yaml:3:3'],
    [0, ['a', 0, 'b'], 'a.yaml:3:8'],
    [0, ['a', 0, 'c', 0], 'a.yaml:4:9'],
    [0, ['a', 0, 'c', 1, 'd'], 'a.yaml:4:16'],
    [1, ['e'], 'a.yaml:6:4'],
    [1, ['e', 0], 'a.yaml:7:1'],
  ];
  it.each(table)('document %i, path %j stands at %s', (index, path, place) => {
    const document = documents[index];
    expect(document && formatPlace(nodeAt(document, path).place)).toBe(place);
  });
});

describe('limits', () => {
  it('refuses aliases that multiply, at once (case 25)', () => {
    expect(read(caseFile('25-alias-bomb/bomb.yaml'))).toEqual({
      values: [],
      issues: ['a.yaml:10:20  data.l5[2]: the aliases unfold beyond the limit; write the values out, or share smaller parts'],
    });
  });

  it('reads aliases that do not multiply (case 25)', () => {
    const { values, issues } = read(caseFile('25-alias-bomb/legit.yaml'));
    expect([issues, (values as { items: unknown[] }[]).map(({ items }) => items.length)]).toEqual([[], [131]]);
  });

  it('names the line of a key that is written twice (case 24)', () => {
    expect(read(caseFile('24-duplicate-yaml-keys/input.yaml'))).toEqual({
      values: [],
      issues: ['a.yaml:15:9  spec.template.spec.containers[0].ports: duplicate key "ports": it is already written at a.yaml:12'],
    });
  });

  it('counts the levels that aliases add', () => {
    const rows = Array.from({ length: 60 }, (_, index) => `l${index}: &l${index} [[${index === 0 ? 1 : `*l${index - 1}`}]]\n`);
    expect(read(rows.join('')).issues[0]).toBe('a.yaml:50:13  l49[0][0]: the aliases unfold to more than 100 levels');
  });

  it('refuses a template over 1 MiB', () => {
    const { issues } = readDocuments({ document: 't.yaml', text: `a: ${'x'.repeat(1024 * 1024)}` }, TEMPLATE_LIMITS);
    expect(issues.map(formatIssue)).toEqual(['t.yaml:1:1  the text is larger than 1 MiB; split it']);
  });
});

describe('any text', () => {
  const pieces = [
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '  ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|',
    '>',
    '&x ',
    '*x',
    '<<',
    '---',
    '\t',
    '#',
    '!!int ',
    '!',
    '?',
    '0',
    '~',
    '%',
    '\r\n',
    '...',
    '\\',
  ];
  it('ends in documents or issues, and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) => {
        const { documents, issues } = readDocuments({ document: 'a.yaml', text: parts.join('') });
        expect(documents.length + issues.length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('is read back as it was written', () => {
    // Through JSON, which knows no -0.
    const json = fc
      .jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
      .map((value): unknown => JSON.parse(JSON.stringify(value)))
      .filter((value) => value !== null);
    fc.assert(
      fc.property(fc.array(json, { maxLength: 3 }), (values) => {
        expect(read(writeDocuments(values))).toEqual({ values, issues: [] });
      }),
      { numRuns: 500 },
    );
  });
});
