import { describe, expect, it } from 'vitest';
import type { NetworkPolicy } from '../../../../src/core/network-policy.ts';
import { allowName } from '../../../../src/core/pair/allow.ts';
import { pairInPlace, planPair, type Step } from '../../../../src/core/pair/plan.ts';
import { policyPair } from '../../../../src/core/policy-pair.ts';
import type { Mode } from '../../../../src/core/template/model.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../../support/template.ts';

const API = { matchLabels: { app: 'api' } };
const OLD = { matchLabels: { app: 'old' } };
const pairOf = (selector: typeof API) =>
  policyPair('shop', authorityOf([entry('shop', { rules: [ruleIn({ pods: selector, ports: ranges('80') })] })]), {
    namespaces: [],
    apiServer: [],
  });

const wanted = pairOf(API);
const all = [wanted.block, ...wanted.allow];
const api = allowName(API, 'ingress');
const old = allowName(OLD, 'ingress');
const foreign: NetworkPolicy = { ...wanted.block, metadata: { name: 'theirs', namespace: 'shop', labels: { team: 'blue' } } };
const stolen: NetworkPolicy = { ...foreign, metadata: { ...foreign.metadata, name: 'portcullis-block' } };
const unlabeled: NetworkPolicy = { ...wanted.block, metadata: { ...wanted.block.metadata, labels: {} } };
const leftover = pairOf(OLD).allow.filter(({ metadata }) => metadata.name === old);

function changed(policy: NetworkPolicy, fields: Partial<NetworkPolicy['spec']>): NetworkPolicy {
  return { ...policy, spec: { ...policy.spec, ...fields } };
}

/** The steps as sentences. */
function plan(existing: NetworkPolicy[], { mode = 'enforce', hasPods = true }: { mode?: Mode; hasPods?: boolean } = {}): string[] {
  return planPair({ mode, wanted, existing, hasPods }).map(sentence);
}

function sentence(step: Step): string {
  switch (step.step) {
    case 'apply':
      return `apply ${step.policy.metadata.name} (${step.cause})`;
    case 'remove':
      return `remove ${step.name}`;
    case 'conflict':
      return `conflict ${step.name}`;
  }
}

describe('the plan for a namespace', () => {
  const opened = changed(wanted.block, { ingress: [{}] });
  const table: Record<string, [steps: string[], expected: string[]]> = {
    'that is new: what closes comes first': [
      plan([], { hasPods: false }),
      ['apply portcullis-block (made)', 'apply portcullis-allow (made)', `apply ${api} (made)`],
    ],
    'with pods: what lets through comes first, so that nothing is cut': [
      plan([]),
      ['apply portcullis-allow (made)', `apply ${api} (made)`, 'apply portcullis-block (made)'],
    ],
    'that is as it should be': [plan(all), []],
    'with policies of others leaves them alone': [plan([...all, foreign]), []],
    'whose selector changed: the new policy comes before the old one goes': [
      plan([wanted.block, ...wanted.allow.slice(0, 1), ...leftover]),
      [`apply ${api} (made)`, `remove ${old}`],
    ],
    'with something of ours that nobody wants: it goes last': [
      plan([...leftover]),
      ['apply portcullis-allow (made)', `apply ${api} (made)`, 'apply portcullis-block (made)', `remove ${old}`],
    ],
    'in which somebody added a rule': [plan([opened, ...wanted.allow]), ['apply portcullis-block (changed)']],
    'in which somebody took a direction away': [
      plan([changed(wanted.block, { policyTypes: ['Ingress'] }), ...wanted.allow]),
      ['apply portcullis-block (changed)'],
    ],
    'in which somebody narrowed the selector': [
      plan([changed(wanted.block, { podSelector: OLD }), ...wanted.allow]),
      ['apply portcullis-block (changed)'],
    ],
    'in which somebody took our label off: it is ours all the same': [
      plan([unlabeled, ...wanted.allow]),
      ['apply portcullis-block (changed)'],
    ],
    'in which somebody else has our name': [plan([stolen, ...wanted.allow]), ['conflict portcullis-block']],
    'in which somebody else has our name: the others are made all the same': [
      plan([stolen], { hasPods: false }),
      ['conflict portcullis-block', 'apply portcullis-allow (made)', `apply ${api} (made)`],
    ],
    'in which a policy of ours is being deleted waits until it is gone': [
      plan([{ ...wanted.block, metadata: { ...wanted.block.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, ...wanted.allow]),
      [],
    ],
    'that changes to audit: what closes goes first': [
      plan([...wanted.allow, wanted.block, foreign], { mode: 'audit' }),
      ['remove portcullis-block', 'remove portcullis-allow', `remove ${api}`],
    ],
    'that changes to off: also what an older template left': [
      plan([...leftover, opened], { mode: 'off' }),
      ['remove portcullis-block', `remove ${old}`],
    ],
    'in audit that has nothing of ours': [plan([foreign, stolen], { mode: 'audit' }), []],
  };
  it.each(Object.entries(table))('%s', (_, [steps, expected]) => expect(steps).toEqual(expected));

  it('applies the whole policy', () => {
    expect(planPair({ mode: 'enforce', wanted, existing: wanted.allow.slice(), hasPods: true })).toEqual([
      { step: 'apply', policy: wanted.block, cause: 'made' },
    ]);
  });
});

describe('the pair is in place', () => {
  const dying = { ...wanted.block, metadata: { ...wanted.block.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const table: Record<string, [existing: NetworkPolicy[], answer: boolean]> = {
    'when every policy is there as it is wanted': [all, true],
    'also beside others': [[foreign, ...all, ...leftover], true],
    'also where the API server spells it in its own way': [
      all.map((policy) => changed(policy, { policyTypes: [...policy.spec.policyTypes].reverse() })),
      true,
    ],
    'not without the one that closes': [[...wanted.allow], false],
    'not without one that lets through': [all.slice(0, 2), false],
    'not when one says something else': [[changed(wanted.block, { egress: [{}] }), ...wanted.allow], false],
    "not when one is somebody else's": [[stolen, ...wanted.allow], false],
    'not when one is being deleted': [[dying, ...wanted.allow], false],
    'not in an empty namespace': [[], false],
  };
  it.each(Object.entries(table))('%s', (_, [existing, answer]) => expect(pairInPlace(wanted, existing)).toBe(answer));
});
