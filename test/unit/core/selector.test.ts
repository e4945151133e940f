import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalSelector,
  formatSelector,
  type LabelSelector,
  type Labels,
  selects,
  selectsEverything,
} from '../../../src/core/selector.ts';

const db: LabelSelector = { matchExpressions: [{ key: 'tier', operator: 'In', values: ['db', 'cache'] }] };
const notDb: LabelSelector = { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['db'] }] };
const hasTier: LabelSelector = { matchExpressions: [{ key: 'tier', operator: 'Exists' }] };
const noTier: LabelSelector = { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] };

describe('a selector', () => {
  const table: Record<string, [selector: LabelSelector, labels: Labels, answer: boolean]> = {
    'that is empty selects a pod without labels': [{}, {}, true],
    'of labels selects a pod that has them and more': [{ matchLabels: { app: 'a' } }, { app: 'a', tier: 'x' }, true],
    'of labels needs every one': [{ matchLabels: { app: 'a', tier: 'x' } }, { app: 'a' }, false],
    'of labels does not select another value': [{ matchLabels: { app: 'a' } }, { app: 'b' }, false],
    'of labels selects no pod without labels': [{ matchLabels: { app: 'a' } }, {}, false],
    'with an empty value needs the label': [{ matchLabels: { app: '' } }, {}, false],
    'In selects one of the values': [db, { tier: 'cache' }, true],
    'In does not select another value': [db, { tier: 'web' }, false],
    'In does not select a pod without the label': [db, {}, false],
    'NotIn selects another value': [notDb, { tier: 'web' }, true],
    'NotIn does not select the value': [notDb, { tier: 'db' }, false],
    'NotIn selects a pod without the label': [notDb, {}, true],
    'Exists selects any value': [hasTier, { tier: '' }, true],
    'Exists does not select a pod without the label': [hasTier, {}, false],
    'DoesNotExist selects a pod without the label': [noTier, { app: 'a' }, true],
    'DoesNotExist does not select a pod with it': [noTier, { tier: '' }, false],
    'of labels and expressions needs both': [{ matchLabels: { app: 'a' }, ...hasTier }, { app: 'a' }, false],
    'of a label named like a method of objects needs the label': [{ matchLabels: { constructor: 'x' } }, {}, false],
    'Exists of such a label needs it too': [{ matchExpressions: [{ key: 'toString', operator: 'Exists' }] }, {}, false],
  };
  it.each(Object.entries(table))('%s', (_, [selector, labels, answer]) => expect(selects(selector, labels)).toBe(answer));

  it('is everything only when it says nothing', () => {
    expect([{}, { matchLabels: {} }, { matchExpressions: [] }, { matchLabels: { app: 'a' } }, noTier].map(selectsEverything)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('the canonical form', () => {
  const table: Record<string, [written: LabelSelector, canonical: LabelSelector]> = {
    'sorts labels': [{ matchLabels: { b: '1', a: '2' } }, { matchLabels: { a: '2', b: '1' } }],
    'leaves empty parts out': [{ matchLabels: {}, matchExpressions: [] }, {}],
    'sorts values and drops repeated ones': [
      { matchExpressions: [{ key: 'a', operator: 'In', values: ['y', 'x', 'y'] }] },
      { matchExpressions: [{ key: 'a', operator: 'In', values: ['x', 'y'] }] },
    ],
    'folds an In of one value into the labels': [
      { matchExpressions: [{ key: 'a', operator: 'In', values: ['x', 'x'] }] },
      { matchLabels: { a: 'x' } },
    ],
    'folds it also for a label named like a method of objects': [
      { matchExpressions: [{ key: 'constructor', operator: 'In', values: ['x'] }] },
      { matchLabels: { constructor: 'x' } },
    ],
    'keeps an In that contradicts the label': [
      { matchLabels: { a: 'y' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['x'] }] },
      { matchLabels: { a: 'y' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['x'] }] },
    ],
    'keeps a NotIn of one value': [
      { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['x'] }] },
      { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['x'] }] },
    ],
    'sorts expressions, each once, without empty values': [
      {
        matchExpressions: [
          { key: 'b', operator: 'Exists', values: [] },
          { key: 'a', operator: 'DoesNotExist' },
          { key: 'b', operator: 'Exists' },
        ],
      },
      {
        matchExpressions: [
          { key: 'a', operator: 'DoesNotExist' },
          { key: 'b', operator: 'Exists' },
        ],
      },
    ],
  };
  it.each(Object.entries(table))('%s', (_, [written, canonical]) => {
    expect(JSON.stringify(canonicalSelector(written))).toBe(JSON.stringify(canonical));
  });

  const keys = fc.constantFrom('app', 'tier', 'constructor');
  const values = fc.constantFrom('a', 'b', '');
  const expressions = fc.oneof(
    fc.record({ key: keys, operator: fc.constantFrom('In' as const, 'NotIn' as const), values: fc.array(values, { minLength: 1 }) }),
    fc.record({ key: keys, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
  );
  const selectors = fc.record({ matchLabels: fc.dictionary(keys, values), matchExpressions: fc.array(expressions, { maxLength: 3 }) });
  const labels = fc.dictionary(keys, values);

  it('selects the same pods as the original', () => {
    fc.assert(
      fc.property(selectors, labels, (selector, pod) => {
        expect(selects(canonicalSelector(selector), pod)).toBe(selects(selector, pod));
      }),
      { numRuns: 2000 },
    );
  });

  it('is one text for every order of the same words', () => {
    const shuffled = selectors.chain((selector) =>
      fc
        .tuple(
          fc.shuffledSubarray(Object.entries(selector.matchLabels), { minLength: Object.keys(selector.matchLabels).length }),
          fc.shuffledSubarray(selector.matchExpressions, { minLength: selector.matchExpressions.length }),
        )
        .map(([pairs, matchExpressions]) => [selector, { matchLabels: Object.fromEntries(pairs), matchExpressions }] as const),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(JSON.stringify(canonicalSelector(other))).toBe(JSON.stringify(canonicalSelector(one)));
      }),
      { numRuns: 1000 },
    );
  });

  it('is stable', () => {
    fc.assert(
      fc.property(selectors, (selector) => {
        const canonical = canonicalSelector(selector);
        expect(canonicalSelector(canonical)).toEqual(canonical);
      }),
    );
  });
});

describe('for people', () => {
  const table: Record<string, [selector: LabelSelector, text: string]> = {
    'every pod': [{}, '<all>'],
    'labels and every operator, in the words of kubectl': [
      {
        matchLabels: { app: 'api' },
        matchExpressions: [
          { key: 'tier', operator: 'In', values: ['web', 'db'] },
          { key: 'zone', operator: 'NotIn', values: ['b'] },
          { key: 'blue', operator: 'Exists' },
          { key: 'legacy', operator: 'DoesNotExist' },
        ],
      },
      'app=api,blue,!legacy,tier in (db,web),zone notin (b)',
    ],
  };
  it.each(Object.entries(table))('%s', (_, [selector, text]) => expect(formatSelector(selector)).toBe(text));
});
