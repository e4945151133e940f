import { describe, expect, it } from 'vitest';
import type { NamespaceEntry } from '../../../src/core/template/model.ts';
import { authorityOf, entry, ranges, ruleIn, ruleOut } from '../../support/template.ts';

describe('the policies depend on which namespaces exist', () => {
  const peer = (namespace?: string) => ({ kind: 'pods' as const, pods: {}, ...(namespace === undefined ? {} : { namespace }) });
  const table: Record<string, [entries: NamespaceEntry[], answer: boolean]> = {
    'not in an empty template': [[], false],
    'not where every name is exact': [
      [entry('shop', { rules: [ruleIn({ peers: [peer('web'), peer()] }), ruleOut([peer('web')])] })],
      false,
    ],
    'not where an entry is a prefix, and its rules name no pods of others': [
      [entry('pr-*', { rules: [ruleIn(), ruleIn({ peers: [peer()] }), ruleOut([{ kind: 'cidr', cidr: '10.0.0.0/8', except: [] }])] })],
      false,
    ],
    'where an entry is a prefix, and a rule of it names pods that may call it': [
      [entry('pr-*', { rules: [ruleIn({ peers: [peer('web')] })] })],
      true,
    ],
    'where an entry is a prefix, and a rule of it names pods that it calls': [[entry('pr-*', { rules: [ruleOut([peer('web')])] })], true],
    'where a `from:` is a pattern': [[entry('shop', { rules: [ruleIn({ peers: [peer('pr-*')] })] })], true],
    'where a `to:` is a pattern': [[entry('shop', { rules: [ruleOut([peer('pr-*')])] })], true],
  };
  it.each(Object.entries(table))('%s', (_, [entries, answer]) => expect(authorityOf(entries).hasPatterns).toBe(answer));
});

describe('an authority', () => {
  it('remembers what it worked out', () => {
    const authority = authorityOf([entry('shop')]);
    expect(authority.grants('shop')).toBe(authority.grants('shop'));
    expect(authority.namespace('shop')).toBe(authority.namespace('shop'));
  });

  it('remembers no more than some names, since they come from callers', () => {
    const authority = authorityOf([entry('shop')]);
    const first = authority.namespace('shop');
    for (let index = 0; index < 20_000; index++) authority.namespace(`n${index}`);
    expect(authority.namespace('shop')).not.toBe(first);
    expect(authority.namespace('shop')).toEqual(first);
  });

  it('knows which namespaces of the template are its own to exempt', () => {
    expect(authorityOf([], { exempt: ['cni-*', 'kube-system'] }).exempt).toEqual([
      'portcullis-system',
      'portcullis-agent',
      'kube-system',
      'kube-node-lease',
      'kube-public',
      'cni-*',
    ]);
  });

  it('lets a rule of an entry with a prefix grant ports in each namespace that it describes', () => {
    const authority = authorityOf([entry('pr-*', { rules: [ruleIn({ ports: ranges('80') })] })]);
    expect(['pr-1', 'pr-2', 'shop'].map((name) => authority.grants(name).all.length)).toEqual([1, 1, 0]);
  });
});
