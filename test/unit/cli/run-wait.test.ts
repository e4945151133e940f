import { describe, expect, it } from 'vitest';
import { awaitPolicies } from '../../../src/cli/run-wait.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const authority = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('80') })] })]);
const facts = { namespaces: ['shop', 'web'], apiServer: [] };
const { block, allow } = policyPair('shop', authority, facts);

/** Waits over a store that answers with these lists one after the other, the last one for ever. */
async function wait(lists: readonly (typeof allow)[], { patienceMs = 10_000, signal = new AbortController().signal } = {}) {
  let looks = 0;
  const list = async () => lists[Math.min(looks++, lists.length - 1)] ?? [];
  const late = await awaitPolicies({ authority, facts, namespaces: ['shop'], store: { list }, signal, patienceMs });
  return { late, looks };
}

describe('waiting for the policies', () => {
  it('ends once all are in place', async () => {
    expect(await wait([[block], [block, ...allow]])).toEqual({ late: [], looks: 2 });
  });

  it('ends with what is not, where that does not change', async () => {
    const missing = allow.map(({ metadata }) => `shop/${metadata.name} (missing)`);
    const late = [...missing, 'shop/portcullis-block (drifted)'].sort();
    const drifted = { ...block, spec: { ...block.spec, ingress: [{}] } };
    expect((await wait([[drifted]], { patienceMs: 0 })).late).toEqual(late);
    expect(await wait([[drifted]], { signal: AbortSignal.abort() })).toEqual({ late, looks: 1 });
  });
});
