import { describe, expect, it } from 'vitest';
import { makeFolderPairs } from '../../../src/app/folder-pairs.ts';
import type { Authority } from '../../../src/core/authority.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import type { PolicyStore } from '../../../src/ports.ts';
import { fakePolicyStore } from '../../support/fake-policy-store.ts';
import { rememberingLog } from '../../support/silence.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const rules = [ruleIn({ ports: ranges('80') })];
const enforced = authorityOf([entry('shop', { rules }), entry('web'), entry('pr-*', { rules })]);

function folder(store: PolicyStore = fakePolicyStore()) {
  const log = rememberingLog();
  const pairs = makeFolderPairs(store, log);
  const specs = async (name: string) => (await store.list(name)).map(({ metadata, spec }) => ({ name: metadata.name, spec }));
  return { store, pairs, log, specs };
}

const wanted = (name: string, authority: Authority, namespaces: string[]) => {
  const { block, allow } = policyPair(name, authority, { namespaces, apiServer: [] });
  return [block, ...allow].map(({ metadata, spec }) => ({ name: metadata.name, spec }));
};

describe('the pairs of a folder', () => {
  it('are written for the namespaces that the template names, not for patterns', async () => {
    const { pairs, specs } = folder();
    expect(pairs.inPlace('shop')).toBe(false);
    await pairs.bring(enforced);
    expect(await specs('shop')).toEqual(wanted('shop', enforced, ['shop', 'web']));
    expect(await specs('web')).toEqual(wanted('web', enforced, ['shop', 'web']));
    expect(['shop', 'web', 'pr-*', 'pr-1'].map(pairs.inPlace)).toEqual([true, true, false, false]);
    expect(pairs.facts()).toEqual({ namespaces: ['shop', 'web'], apiServer: [] });
  });

  it('are written for a namespace that a review created, by the pattern that it matches', async () => {
    const { pairs, specs } = folder();
    await pairs.bring(enforced);
    await pairs.created('pr-1');
    expect(pairs.inPlace('pr-1')).toBe(true);
    expect(await specs('pr-1')).toEqual(wanted('pr-1', enforced, ['shop', 'web', 'pr-1']));
  });

  it('wait for the first template', async () => {
    const { pairs, specs } = folder();
    await pairs.created('shop');
    expect(pairs.inPlace('shop')).toBe(false);
    await pairs.bring(enforced);
    expect(await specs('shop')).toEqual(wanted('shop', enforced, ['shop', 'web']));
  });

  it('are not written again where nothing changed', async () => {
    const { pairs, log } = folder();
    await pairs.bring(enforced);
    log.lines.length = 0;
    await pairs.bring(enforced);
    expect(log.lines).toEqual([]);
    expect(pairs.inPlace('shop')).toBe(true);
  });

  it.each(['audit', 'off'] as const)('are removed in mode %s, and other namespaces keep theirs', async (mode) => {
    const { pairs, specs } = folder();
    await pairs.bring(enforced);
    await pairs.bring(authorityOf([entry('shop', { mode, rules }), entry('web')]));
    expect(await specs('shop')).toEqual([]);
    expect(['shop', 'web'].map(pairs.inPlace)).toEqual([false, true]);
  });

  it('are removed for a namespace that the template names no longer', async () => {
    const { pairs, specs } = folder();
    await pairs.bring(enforced);
    await pairs.bring(authorityOf([entry('web')]));
    expect(await specs('shop')).toEqual([]);
    expect(pairs.inPlace('shop')).toBe(false);
  });

  it('follow another rule', async () => {
    const { pairs, specs } = folder();
    await pairs.bring(enforced);
    const other = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('443') })] })]);
    await pairs.bring(other);
    expect(await specs('shop')).toEqual(wanted('shop', other, ['shop', 'web']));
  });

  it('leave somebody else’s policy of that name alone, say so, and are not in place', async () => {
    const { pairs, store, log } = folder();
    const [block] = wanted('shop', enforced, []);
    if (block === undefined) throw new Error('a pair has a block');
    const theirs = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'portcullis-block', namespace: 'shop' },
      spec: { ...block.spec, ingress: [{}] },
    } as const;
    await store.apply(theirs);
    await pairs.bring(enforced);
    expect(pairs.inPlace('shop')).toBe(false);
    expect((await store.list('shop')).find(({ metadata }) => metadata.name === 'portcullis-block')?.spec).toEqual(theirs.spec);
    expect(log.lines).toContainEqual({
      level: 'warn',
      message: 'a policy of this name belongs to somebody else',
      fields: { namespace: 'shop', policy: 'portcullis-block' },
    });
  });

  it('are brought one template after the other, and the last one holds', async () => {
    const { pairs, specs } = folder();
    const last = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('443') })] })]);
    await Promise.all([pairs.bring(enforced), pairs.created('pr-1'), pairs.bring(last)]);
    expect(await specs('shop')).toEqual(wanted('shop', last, ['shop', 'web', 'pr-1']));
    expect(await specs('pr-1')).toEqual([]);
  });

  it('go on after a write that failed', async () => {
    const store = fakePolicyStore();
    let isFull = true;
    const { pairs, specs } = folder({
      ...store,
      apply: (policy) => (isFull ? Promise.reject(new Error('no space left')) : store.apply(policy)),
    });
    await expect(pairs.bring(enforced)).rejects.toThrow('no space left');
    expect(pairs.inPlace('shop')).toBe(false);
    isFull = false;
    await pairs.bring(enforced);
    expect(pairs.inPlace('shop')).toBe(true);
    expect(await specs('shop')).toEqual(wanted('shop', enforced, ['shop', 'web']));
  });
});
