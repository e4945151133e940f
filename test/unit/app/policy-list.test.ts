import { describe, expect, it } from 'vitest';
import { listPolicies } from '../../../src/app/policy-list.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { readNetworkPolicy } from '../../../src/core/pair/read.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import type { Mode } from '../../../src/core/template/model.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const FACTS = { namespaces: ['shop'], apiServer: [] };
const authority = (mode: Mode = 'enforce') => authorityOf([entry('shop', { mode, rules: [ruleIn({ ports: ranges('80') })] })]);
const { block, allow } = policyPair('shop', authority(), FACTS);
const ALLOW = ['portcullis portcullis-allow: in place', 'portcullis portcullis-allow-ingress: in place'];
const IN_PLACE = [...ALLOW, 'portcullis portcullis-block: in place'];
const allAre = (state: string) => IN_PLACE.map((line) => line.replace('in place', state));

function foreign(name: string, spec: object): NetworkPolicy {
  const policy = readNetworkPolicy({ metadata: { name }, spec }, 'shop');
  if (policy === undefined) throw new Error('no policy');
  return policy;
}

/** `OWNER NAME: STATE`, and what it opens beyond the template, of each policy of shop. */
function list(existing: readonly NetworkPolicy[], mode?: Mode): string[] {
  const listed = listPolicies({ authority: authority(mode), facts: FACTS, policies: () => existing });
  return listed.map(({ owner, policy, state, widens }) => `${owner} ${policy.metadata.name}: ${[state, ...widens].join('; ')}`);
}

describe('the list of policies', () => {
  const anything = foreign('anything', { podSelector: {}, ingress: [{}] });
  const same = foreign('same', { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] });
  const two = foreign('two', { podSelector: {}, ingress: [{ ports: [{ port: 81 }, { port: 82 }] }] });
  const old: NetworkPolicy = { ...block, metadata: { ...block.metadata, name: 'portcullis-allow-0000000000' } };
  const opened: NetworkPolicy = { ...block, spec: { ...block.spec, ingress: [{}] } };
  const table: Record<string, [listed: string[], expected: string[]]> = {
    'calls what is as wanted in place': [list([block, ...allow]), IN_PLACE],
    'calls what is not there missing': [list([]), allAre('missing')],
    'calls what says something else drifted': [list([opened, ...allow]), [...ALLOW, 'portcullis portcullis-block: drifted']],
    'calls ours that nobody wants an orphan': [
      list([block, ...allow, old]),
      ['portcullis portcullis-allow: in place', 'portcullis portcullis-allow-0000000000: orphan', ...IN_PLACE.slice(1)],
    ],
    'calls all of ours orphans where the mode is audit': [
      list([block, ...allow, anything], 'audit'),
      ['other anything: ', ...allAre('orphan')],
    ],
    'says nothing where the mode is off and nothing is there': [list([], 'off'), []],
    'says what a policy of somebody else opens': [
      list([block, ...allow, anything, two]),
      [
        'other anything: widens; opens every port from anywhere',
        ...IN_PLACE,
        'other two: widens; opens 81/TCP from anywhere; opens 82/TCP from anywhere',
      ],
    ],
    'has nothing to say of one that opens no more than the pair': [list([block, ...allow, same]), [...IN_PLACE, 'other same: ']],
    'names one that took a name of ours': [
      list([foreign('portcullis-block', { podSelector: {} }), ...allow]),
      [...ALLOW, 'other portcullis-block: name taken'],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [listed, expected]) => {
    expect(listed).toEqual(expected);
  });

  it('is sorted by namespace, and shows foreign policies of namespaces without rules', () => {
    const listed = listPolicies({
      authority: authority(),
      facts: { namespaces: ['shop', 'kube-system', 'lab'], apiServer: [] },
      policies: (name) => (name === 'shop' ? [] : [{ ...anything, metadata: { name: 'theirs', namespace: name } }]),
    });
    expect(listed.map(({ policy: { metadata }, state }) => [metadata.namespace, metadata.name, state])).toEqual([
      ['kube-system', 'theirs', ''],
      ['lab', 'theirs', ''],
      ['shop', 'portcullis-allow', 'missing'],
      ['shop', 'portcullis-allow-ingress', 'missing'],
      ['shop', 'portcullis-block', 'missing'],
    ]);
  });

  it('has only the namespaces that are asked for, though rules name pods of others', () => {
    const facts = { namespaces: ['shop', 'web'], apiServer: [] };
    const template = authorityOf([entry('shop', { mode: 'enforce' }), entry('web', { mode: 'enforce' })]);
    const listed = listPolicies({ authority: template, facts, only: ['web'], policies: () => [] });
    expect(new Set(listed.map(({ policy: { metadata } }) => metadata.namespace))).toEqual(new Set(['web']));
  });
});
