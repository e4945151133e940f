import { describe, expect, it } from 'vitest';
import { applyPairs } from '../../../src/app/apply.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { allowName } from '../../../src/core/pair/allow.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import type { Mode } from '../../../src/core/template/model.ts';
import { fakePolicyStore } from '../../support/fake-policy-store.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const API = { matchLabels: { app: 'api' } };
const SELECTED = allowName(API, 'ingress');
const FACTS = { namespaces: ['shop', 'web'], apiServer: [] };
const authority = (mode: Mode = 'enforce') =>
  authorityOf([entry('shop', { mode, rules: [ruleIn({ pods: API, ports: ranges('80') })] }), entry('web')]);
const pair = policyPair('shop', authority(), FACTS);
const foreign = (name: string): NetworkPolicy => ({ ...pair.block, metadata: { name, namespace: 'shop', labels: { team: 'blue' } } });

interface Wishes {
  readonly existing?: readonly NetworkPolicy[];
  readonly mode?: Mode;
  readonly hasPods?: boolean;
  readonly dryRun?: boolean;
  readonly namespaces?: readonly string[];
}

/** What was told, in order, and which policies of shop there are afterwards. */
async function apply({ existing = [], mode, hasPods = false, dryRun = false, namespaces = ['shop'] }: Wishes) {
  const store = fakePolicyStore();
  for (const policy of existing) await store.apply(policy);
  const before = await store.list('shop');
  const told: string[] = [];
  const input = { authority: authority(mode), facts: FACTS, namespaces, store, hasPods: () => hasPods, dryRun };
  for await (const { namespace, name, done } of applyPairs(input)) told.push(`${namespace}/${name} ${done}`);
  const after = await store.list('shop');
  const touched = after.filter((policy) => !before.some((one) => JSON.stringify(one) === JSON.stringify(policy)));
  return { told, names: after.map(({ metadata }) => metadata.name).sort(), touched: touched.map(({ metadata }) => metadata.name).sort() };
}

const all = [pair.block, ...pair.allow];
const ALL = [SELECTED, 'portcullis-allow', 'portcullis-block'].sort();
const lines = (done: string, names: readonly string[]) => names.map((name) => `shop/${name} ${done}`);
const allows = pair.allow.map(({ metadata }) => metadata.name);
const opened: NetworkPolicy = { ...pair.block, spec: { ...pair.block.spec, ingress: [{}] } };

describe('to apply the template', () => {
  const table: Record<string, [wishes: Wishes, expected: Awaited<ReturnType<typeof apply>>]> = {
    'makes the pair, what closes first where no pod runs': [
      {},
      { told: lines('created', ['portcullis-block', ...allows]), names: ALL, touched: ALL },
    ],
    'makes what lets through first where pods run': [
      { hasPods: true },
      { told: lines('created', [...allows, 'portcullis-block']), names: ALL, touched: ALL },
    ],
    'writes nothing where all is in place': [
      { existing: all },
      { told: lines('unchanged', ['portcullis-block', ...allows]), names: ALL, touched: [] },
    ],
    'puts back what was changed, and names the rest': [
      { existing: [opened, ...pair.allow] },
      { told: [...lines('configured', ['portcullis-block']), ...lines('unchanged', allows)], names: ALL, touched: ['portcullis-block'] },
    ],
    'leaves a policy of somebody else with our name alone': [
      { existing: [foreign('portcullis-block'), ...pair.allow] },
      { told: [...lines('conflict', ['portcullis-block']), ...lines('unchanged', allows)], names: ALL, touched: [] },
    ],
    'says nothing of other policies of somebody else': [
      { existing: [...all, foreign('theirs')] },
      { told: lines('unchanged', ['portcullis-block', ...allows]), names: [...ALL, 'theirs'].sort(), touched: [] },
    ],
    'takes ours away in audit, what closes first, and says nothing more': [
      { existing: [...all, foreign('theirs')], mode: 'audit' },
      { told: lines('deleted', ['portcullis-block', ...allows]), names: ['theirs'], touched: [] },
    ],
    'does nothing where ours were never there and the mode is off': [{ mode: 'off' }, { told: [], names: [], touched: [] }],
    'only says what it would make in a dry run': [
      { dryRun: true },
      { told: lines('created', ['portcullis-block', ...allows]), names: [], touched: [] },
    ],
    'only says what it would take away in a dry run': [
      { existing: all, mode: 'off', dryRun: true },
      { told: lines('deleted', ['portcullis-block', ...allows]), names: ALL, touched: [] },
    ],
    'goes through the namespaces in the order that was asked for': [
      { namespaces: ['web', 'shop'], existing: all },
      {
        told: ['web/portcullis-block created', 'web/portcullis-allow created', ...lines('unchanged', ['portcullis-block', ...allows])],
        names: ALL,
        touched: [],
      },
    ],
  };
  it.each(Object.entries(table))('%s', async (_, [wishes, expected]) => {
    expect(await apply(wishes)).toEqual(expected);
  });

  it('rejects where a write fails, after telling what was done', async () => {
    const store = fakePolicyStore();
    const failing = {
      ...store,
      apply: async (policy: NetworkPolicy) => {
        if (policy.metadata.name === 'portcullis-allow') throw new Error('the API server is away');
        return store.apply(policy);
      },
    };
    const told: string[] = [];
    const input = { authority: authority(), facts: FACTS, namespaces: ['shop'], store: failing, hasPods: () => false, dryRun: false };
    const run = async () => {
      for await (const { name } of applyPairs(input)) told.push(name);
    };
    await expect(run()).rejects.toThrow('the API server is away');
    expect(told).toEqual(['portcullis-block']);
  });
});
