import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../../src/core/authority.ts';
import type { NamespaceEntry, Template, Unlisted } from '../../../../src/core/template/model.ts';
import { at, authorityOf, entry, template } from '../../../support/template.ts';

/** One line for a whole answer. */
function resolved(namespaces: NamespaceEntry[], name: string, fields: Partial<Template> = {}): string {
  const {
    mode,
    origin,
    entry: found,
    exempt,
    mayBeCreated,
  } = makeAuthority(template(namespaces, fields), 'portcullis-system').namespace(name);
  return [mode, `by ${origin}`, found?.name ?? 'unlisted', ...(exempt ? ['exempt'] : []), ...(mayBeCreated ? [] : ['refused'])].join(', ');
}

const entries = [entry('pr-*', { place: at(5) }), entry('pr-2*', { place: at(6) }), entry('pr-2', { place: at(7) }), entry('kube-system')];

describe('the entry of a namespace', () => {
  const table: Record<string, [name: string, entry: string | undefined]> = {
    'is the exact one, though two prefixes match': ['pr-2', 'pr-2'],
    'is the longer prefix, whatever the order of the template': ['pr-22', 'pr-2*'],
    'is the only prefix that matches': ['pr-1', 'pr-*'],
    'is the prefix for a name that ends with it': ['pr-', 'pr-*'],
    'is none for a name in which the prefix stands later': ['a-pr-1', undefined],
    'is none for a name that nobody lists': ['shop', undefined],
    'is none for an exempt namespace that is listed': ['kube-system', undefined],
    'is none for a name that is a method of objects': ['constructor', undefined],
  };
  it.each(Object.entries(table))('%s', (_, [name, found]) => expect(authorityOf(entries).entry(name)?.name).toBe(found));
});

describe('the mode of a namespace, and where it comes from', () => {
  const shop = entry('shop', { place: at(11) });
  const table: Record<string, [text: string, expected: string]> = {
    'said by the entry': [resolved([{ ...shop, mode: 'audit' }], 'shop'), 'audit, by template.yaml:11, shop'],
    'the default that the template says': [
      resolved([shop], 'shop', { modePlace: at(3) }),
      'enforce, by the default of template.yaml:3, shop',
    ],
    'the built-in default': [resolved([shop], 'shop', { mode: 'audit' }), 'audit, by the built-in default, shop'],
    'exempt by the template beats listed': [resolved([shop], 'shop', { exempt: ['sh*'] }), 'off, by exempt, unlisted, exempt'],
    'exempt by being our own': [resolved([], 'portcullis-system'), 'off, by exempt, unlisted, exempt'],
    'unlisted, by default': [resolved([], 'shop'), 'audit, by the built-in unlisted: audit, unlisted'],
  };
  it.each(Object.entries(table))('%s', (_, [text, expected]) => expect(text).toBe(expected));

  const unlisted: Record<Unlisted, string> = {
    enforce: 'enforce, by unlisted: enforce at template.yaml:4, unlisted',
    audit: 'audit, by unlisted: audit at template.yaml:4, unlisted',
    off: 'off, by unlisted: off at template.yaml:4, unlisted',
    deny: 'enforce, by unlisted: deny at template.yaml:4, unlisted, refused',
  };
  it.each(Object.entries(unlisted))('unlisted under %s', (value, expected) => {
    expect(resolved([shop], 'new', { unlisted: value as Unlisted, unlistedPlace: at(4) })).toBe(expected);
  });
});
