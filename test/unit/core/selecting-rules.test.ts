import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../src/core/authority.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import { type Selecting, selectingRules } from '../../../src/core/selecting-rules.ts';
import { type Labels, selects } from '../../../src/core/selector.ts';
import type { PodsPeer, Template } from '../../../src/core/template/model.ts';
import { labels, NAMESPACES, templates } from '../../support/arbitrary.ts';
import { authorityOf, entry, ruleIn, ruleOut } from '../../support/template.ts';

const OWN_NAMESPACE = 'portcullis-system';
const peer = (key: string, namespace?: string): PodsPeer => ({
  kind: 'pods',
  pods: { matchLabels: { [key]: 'x' } },
  ...(namespace === undefined ? {} : { namespace }),
});
const pods = (key: string) => ({ matchLabels: { [key]: 'x' } });

/** The keys for `shop`, each with the name of its rule. */
function keysIn(template: Partial<Template>, namespace = 'shop'): Readonly<Record<string, string | undefined>> {
  const { namespaces = [], ...more } = template;
  const found = selectingRules(namespace, authorityOf([...namespaces], { dns: 'off', ...more }));
  return Object.fromEntries([...found].map(([key, by]: [string, Selecting]) => [key, by === 'dns' ? 'dns' : by.name]));
}

describe('a namespace has its pods selected', () => {
  const cidr = { kind: 'cidr', cidr: '10.0.0.0/8', except: [] } as const;
  const table: Record<string, [found: object, expected: object]> = {
    'by its own rules, in both directions': [
      keysIn({
        namespaces: [
          entry('shop', { rules: [ruleIn({ name: 'in', pods: pods('a') }), ruleOut([cidr], { name: 'out', pods: pods('b') })] }),
        ],
      }),
      { a: 'in', b: 'out' },
    ],
    'by each key of a selector, also one that must be absent': [
      keysIn({
        namespaces: [
          entry('shop', {
            rules: [
              ruleIn({ name: 'one', pods: { matchLabels: { a: '', b: '' }, matchExpressions: [{ key: 'c', operator: 'DoesNotExist' }] } }),
            ],
          }),
        ],
      }),
      { a: 'one', b: 'one', c: 'one' },
    ],
    'by the first of two rules': [
      keysIn({
        namespaces: [entry('shop', { rules: [ruleIn({ name: 'one', pods: pods('a') }), ruleIn({ name: 'two', pods: pods('a') })] })],
      }),
      { a: 'one' },
    ],
    'by peers in the namespace of the rule': [
      keysIn({
        namespaces: [entry('shop', { rules: [ruleIn({ name: 'one', peers: [peer('a')] }), ruleOut([peer('b')], { name: 'two' })] })],
      }),
      { a: 'one', b: 'two' },
    ],
    'by peers of another namespace that name it, or a pattern that means it': [
      keysIn({
        namespaces: [
          entry('web', { rules: [ruleIn({ name: 'one', peers: [peer('a', 'shop')] }), ruleOut([peer('b', 'sh*')], { name: 'two' })] }),
        ],
      }),
      { a: 'one', b: 'two' },
    ],
    'by nothing that is about another one': [
      keysIn({
        namespaces: [
          entry('web', { rules: [ruleIn({ name: 'one', pods: pods('a'), peers: [peer('b'), peer('c', 'web'), peer('d', 'shop-2')] })] }),
        ],
      }),
      {},
    ],
    'by the entry that has it, and no shorter prefix': [
      keysIn({
        namespaces: [
          entry('sh*', { rules: [ruleIn({ name: 'one', pods: pods('a') })] }),
          entry('shop', { rules: [ruleIn({ name: 'two', pods: pods('b') })] }),
        ],
      }),
      { b: 'two' },
    ],
    'by where names are resolved': [keysIn({ dns: { peer: peer('k8s-app', 'shop'), ports: [] } }), { 'k8s-app': 'dns' }],
    'by no name server of another one': [keysIn({ dns: { peer: peer('k8s-app', 'kube-system'), ports: [] } }), {}],
  };
  it.each(Object.entries(table))('%s', (_, [found, expected]) => expect(found).toEqual(expected));
});

/** What the template permits to a pod, as far as its labels decide it: which selectors of policies and of their peers mean it. */
function meanings(template: Template, namespace: string, podLabels: Labels): readonly boolean[] {
  const authority = makeAuthority(template, OWN_NAMESPACE);
  const grants = authority.grants(namespace).all.map(({ selector }) => selector);
  const policies = NAMESPACES.flatMap((name) => {
    const { block, allow } = policyPair(name, authority, { namespaces: NAMESPACES, apiServer: [] });
    return [block, ...allow].map(({ spec }) => ({ name, spec }));
  });
  const own = policies.filter(({ name }) => name === namespace).map(({ spec }) => spec.podSelector);
  const asPeer = policies.flatMap(({ name, spec }) =>
    [...spec.ingress.flatMap(({ from = [] }) => from), ...spec.egress.flatMap(({ to = [] }) => to)]
      .filter(({ namespaceSelector }) =>
        namespaceSelector === undefined ? name === namespace : selects(namespaceSelector, { 'kubernetes.io/metadata.name': namespace }),
      )
      .flatMap(({ podSelector }) => (podSelector === undefined ? [] : [podSelector])),
  );
  return [...grants, ...own, ...asPeer].map((selector) => selects(selector, podLabels));
}

describe('for any template', () => {
  it('labels of other keys change nothing that it permits to a pod', () => {
    fc.assert(
      fc.property(templates, fc.constantFrom(...NAMESPACES), labels, labels, (template, namespace, before, set) => {
        const authority = makeAuthority(template, OWN_NAMESPACE);
        // Nobody is judged there.
        fc.pre(!authority.namespace(namespace).exempt);
        const selecting = selectingRules(namespace, authority);
        const others = Object.fromEntries(Object.entries(set).filter(([key]) => !selecting.has(key)));
        expect(meanings(template, namespace, { ...before, ...others })).toEqual(meanings(template, namespace, before));
      }),
      { numRuns: 1000 },
    );
  });
});
