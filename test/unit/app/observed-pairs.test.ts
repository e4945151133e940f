import { describe, expect, it } from 'vitest';
import { observePairs } from '../../../src/app/observed-pairs.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const cluster = { namespaces: [], apiServer: [] };
const old = authorityOf([entry('shop')]);
const now = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('80') })] })]);

/** A world that a test changes, and how often its policies were read. */
function world() {
  const state = { authority: old, policies: [] as readonly NetworkPolicy[], reads: 0 };
  const observed = observePairs({
    authority: () => state.authority,
    facts: () => cluster,
    policies: () => {
      state.reads++;
      return state.policies;
    },
  });
  return { state, observed };
}

const policies = (authority: typeof old) => {
  const { block, allow } = policyPair('shop', authority, cluster);
  return [block, ...allow];
};

describe('an observed pair', () => {
  it('is worked out once and remembered', () => {
    const { state, observed } = world();
    state.policies = policies(old);
    expect([observed.inPlace('shop'), observed.inPlace('shop'), state.reads]).toEqual([true, true, 1]);
    expect(observed.wanted('shop')).toBe(observed.wanted('shop'));
  });

  it('is seen after the policies of its namespace changed', () => {
    const { state, observed } = world();
    const before = observed.inPlace('shop');
    state.policies = policies(old);
    const unheard = observed.inPlace('shop');
    observed.forget('shop');
    expect([before, unheard, observed.inPlace('shop')]).toEqual([false, false, true]);
  });

  it('is another one after the template changed', () => {
    const { state, observed } = world();
    state.policies = policies(old);
    const before = observed.inPlace('shop');
    state.authority = now;
    observed.forgetAll();
    expect([before, observed.inPlace('shop')]).toEqual([true, false]);
    expect(observed.wanted('shop')).toEqual(policyPair('shop', now, cluster));
  });

  it('is forgotten when too many names were asked for, and worked out again', () => {
    const { state, observed } = world();
    observed.inPlace('shop');
    for (let index = 0; index < 20_000; index++) observed.inPlace(`n${index}`);
    state.reads = 0;
    observed.inPlace('shop');
    expect(state.reads).toBe(1);
  });
});
