import { describe, expect, it } from 'vitest';
import {
  type DocumentNode,
  formatIssue,
  formatLine,
  formatPath,
  formatPlace,
  nodeAt,
  type Place,
  toValue,
} from '../../../src/core/document.ts';

const at = (line: number): Place => ({ document: 'a.yaml', line, column: 2 });
const scalar = (line: number, value: string | number | boolean | null): DocumentNode => ({
  kind: 'scalar',
  place: at(line),
  value,
  raw: String(value),
  quoted: false,
});
const map = (line: number, ...entries: [key: string, value: DocumentNode][]): DocumentNode => ({
  kind: 'map',
  place: at(line),
  entries: entries.map(([key, value]) => ({ key, keyPlace: at(line), value })),
});
const list = (line: number, ...items: DocumentNode[]): DocumentNode => ({ kind: 'list', place: at(line), items });

const tree = map(1, ['spec', map(2, ['ports', list(3, scalar(4, 80), map(5, ['port', scalar(6, null)]))])], ['__proto__', scalar(7, 'x')]);

describe('a place and a path are written', () => {
  const table: Record<string, [text: string, expected: string]> = {
    'with line and column': [formatPlace(at(14)), 'a.yaml:14:2'],
    'with the line alone': [formatLine(at(14)), 'a.yaml:14'],
    'as an issue with a path': [formatIssue({ place: at(14), path: 'a[0]', message: 'is wrong' }), 'a.yaml:14:2  a[0]: is wrong'],
    'as an issue of a text that nobody can read': [formatIssue({ place: at(14), path: '', message: 'is wrong' }), 'a.yaml:14:2  is wrong'],
    'as a path of keys and indexes': [formatPath(['spec', 'containers', 0, 'ports']), 'spec.containers[0].ports'],
    'as a path that begins with an index': [formatPath([0, 'name']), '[0].name'],
    'as no path': [formatPath([]), ''],
  };
  it.each(Object.entries(table))('%s', (_, [text, expected]) => expect(text).toBe(expected));
});

describe('a document', () => {
  it('is the plain value of its nodes, in which a key named __proto__ stays a key', () => {
    const value = toValue(tree);
    expect(JSON.stringify(value)).toBe('{"spec":{"ports":[80,{"port":null}]},"__proto__":"x"}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  const paths: Record<string, [path: (string | number)[], line: number]> = {
    'the root': [[], 1],
    'a key': [['spec'], 2],
    'an entry of a list': [['spec', 'ports', 0], 4],
    'a key in a list': [['spec', 'ports', 1, 'port'], 6],
    'the deepest node that exists, for a key that does not': [['spec', 'nothing', 'here'], 2],
    'the list, for an index behind its end': [['spec', 'ports', 2], 3],
    'the list, for a key': [['spec', 'ports', 'port'], 3],
    'the value, for a key below a value': [['spec', 'ports', 0, 'port'], 4],
  };
  it.each(Object.entries(paths))('finds %s', (_, [path, line]) => expect(nodeAt(tree, path).place.line).toBe(line));
});
