import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../../src/adapters/yaml/read.ts';
import { NO_TEMPLATE, type TemplateState, takeTemplate } from '../../../src/app/template-state.ts';
import { formatIssue } from '../../../src/core/document.ts';
import type { TemplateGroup } from '../../../src/ports.ts';
import { documentOf, ruleOf, shopOf } from '../../support/parse-template.ts';

function group(name: string, ...texts: string[]): TemplateGroup {
  return { name, documents: texts.map((text, index) => ({ document: `${name}-${index}.yaml`, text })) };
}

function take(offered: readonly TemplateGroup[], before: TemplateState = NO_TEMPLATE): TemplateState {
  return takeTemplate(offered, before, readDocuments);
}

/** What is in force, what it was made from, and what is refused, in words. */
function said({ template, accepted, refused }: TemplateState) {
  return {
    ports: template?.namespaces.map(
      ({ name, rules }) => `${name}: ${rules.flatMap(({ ports }) => ports.map(({ from }) => from)).join(' ')}`,
    ),
    accepted: accepted.map(({ group: { name } }) => name),
    refused: refused.map(({ name, issues }) => [name, ...issues.map(formatIssue)]),
  };
}

const A80 = group('a', ruleOf('{ports: [80]}'));
const A81 = group('a', ruleOf('{ports: [81]}'));
const B90 = group('b', documentOf('namespaces: [{name: web, rules: [{ports: [90]}]}]\n'));
const B91 = group('b', documentOf('namespaces: [{name: web, rules: [{ports: [91]}]}]\n'));
const BROKEN_B = group('b', documentOf('namespaces: [web\n'));

describe('the template in force', () => {
  it('is the union of what is offered', () => {
    expect(said(take([A80, B90]))).toEqual({ ports: ['shop: 80', 'web: 90'], accepted: ['a', 'b'], refused: [] });
  });

  it('does not exist while nothing was ever accepted (case 22)', () => {
    const state = take([BROKEN_B]);
    expect([state.template, state.accepted, state.refused.map(({ name }) => name)]).toEqual([undefined, [], ['b']]);
    expect(take([]).template).toBeUndefined();
  });

  it('is made of the good groups where another never was good', () => {
    expect(said(take([A80, BROKEN_B]))).toMatchObject({ ports: ['shop: 80'], accepted: ['a'], refused: [['b', expect.any(String)]] });
  });

  it('keeps what was last good of a bad group, and takes the others (case 22)', () => {
    const state = take([A81, BROKEN_B], take([A80, B90]));
    expect(said(state)).toEqual({
      ports: ['shop: 81', 'web: 90'],
      accepted: ['a', 'b'],
      refused: [['b', expect.stringMatching(/^b-0\.yaml:\d+:\d+ {2}not readable/)]],
    });
  });

  it('takes up the later good version (case 22)', () => {
    const state = take([A80, B91], take([A80, BROKEN_B], take([A80, B90])));
    expect(said(state)).toEqual({ ports: ['shop: 80', 'web: 91'], accepted: ['a', 'b'], refused: [] });
  });

  it('loses a group that is no longer offered', () => {
    expect(said(take([A80], take([A80, B90])))).toEqual({ ports: ['shop: 80'], accepted: ['a'], refused: [] });
  });

  it('never disappears with the last group', () => {
    expect(said(take([], take([A80])))).toEqual({
      ports: ['shop: 80'],
      accepted: ['a'],
      refused: [['a', 'a:1:1  no document of the template is left; the last good version stays in force']],
    });
  });

  it('stays where the last good group was replaced by a bad one of another name', () => {
    expect(said(take([BROKEN_B], take([A80])))).toMatchObject({ ports: ['shop: 80'], accepted: ['a'] });
  });

  it('is not made of a group without a document', () => {
    expect(said(take([group('a', '')], take([A80])))).toEqual({
      ports: ['shop: 80'],
      accepted: ['a'],
      refused: [['a', 'a-0.yaml:1:1  holds no document of kind PortTemplate']],
    });
  });

  it('is not made of a group that contradicts itself', () => {
    expect(said(take([group('a', documentOf('mode: off\n'), documentOf('mode: audit\n'))]))).toEqual({
      ports: undefined,
      accepted: [],
      refused: [['a', 'a-1.yaml:3:7  mode: is audit here and off at a-0.yaml:3; say it in one document only']],
    });
  });
});

describe('a contradiction between groups', () => {
  const mode = (name: string, value: string): TemplateGroup =>
    group(name, shopOf('').replace('namespaces:', `mode: ${value}\nnamespaces:`).replaceAll('shop', name));

  it('is laid to the group that changed', () => {
    const state = take([mode('a', 'off'), mode('b', 'audit')], take([mode('a', 'audit'), mode('b', 'audit')]));
    expect([state.template?.mode, said(state).refused]).toEqual([
      'audit',
      [['a', 'a-0.yaml:3:7  mode: is off here and audit at b-0.yaml:3; say it in one document only']],
    ]);
  });

  it('is none where all changed together', () => {
    const state = take([mode('a', 'off'), mode('b', 'off')], take([mode('a', 'audit'), mode('b', 'audit')]));
    expect([state.template?.mode, state.refused]).toEqual(['off', []]);
  });

  it('is none where a value moves from one group to another, beside a third that is at fault', () => {
    const without = (name: string): TemplateGroup => group(name, shopOf('').replaceAll('shop', name));
    const before = take([mode('a', 'audit'), without('b'), without('c')]);
    const state = take(
      [mode('c', 'enforce\nunlisted: audit'), mode('b', 'off'), without('a')].sort((x, y) => (x.name < y.name ? -1 : 1)),
      before,
    );
    expect([state.template?.mode, said(state).refused.map(([name]) => name)]).toEqual(['off', ['c']]);
  });

  it('leaves the first of two strangers in force when nothing was before', () => {
    const state = take([mode('a', 'audit'), mode('b', 'off')]);
    expect([state.template?.mode, said(state).accepted, said(state).refused.map(([name]) => name)]).toEqual(['audit', ['a'], ['b']]);
  });
});
