import { describe, expect, it } from 'vitest';
import { decideWorkload } from '../../../src/core/decide/workload.ts';
import { readWorkload } from '../../../src/core/workload-reading.ts';
import { facts, request } from '../../support/review.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const AUTHORITY = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('80') })] })]);
const FACTS = facts(AUTHORITY);

describe('what is of the wrong type is a fault with its path: ports must not hide where nobody looks', () => {
  it.each([
    ['a spec that is a list', 'Pod', { spec: [{ containers: [{ ports: [{ containerPort: 1 }] }] }] }, ['spec'], 'spec must be an object'],
    ['a spec that is a text', 'Pod', { spec: 'x' }, ['spec'], 'spec must be an object'],
    ['a metadata that is a number', 'Pod', { metadata: 1 }, ['metadata'], 'metadata must be an object'],
    ['labels that are a list', 'Pod', { metadata: { labels: ['a'] } }, ['metadata', 'labels'], 'labels must be an object'],
    [
      'a label that is a number',
      'Pod',
      { metadata: { labels: { app: 'api', tier: 1 } } },
      ['metadata', 'labels', 'tier'],
      'the value of a label must be a text',
    ],
    ['a template that is a list', 'Deployment', { spec: { template: [] } }, ['spec', 'template'], 'template must be an object'],
    [
      'a step on the way that is a text',
      'CronJob',
      { spec: { jobTemplate: 'x' } },
      ['spec', 'jobTemplate'],
      'jobTemplate must be an object',
    ],
    [
      'a container that is a text',
      'Deployment',
      { spec: { template: { spec: { containers: ['x'] } } } },
      ['spec', 'template', 'spec', 'containers', 0],
      'a container must be an object',
    ],
  ])('%s', (_, kind, object, path, message) => {
    expect(readWorkload(kind, object, 'shop').faults.map((fault) => [fault.path, fault.message])).toEqual([[path, message]]);
  });

  it.each([
    ['an absent spec, as a patch has it', 'Deployment', { metadata: { name: 'a' } }],
    ['parts that are null, which the API server reads as absent', 'Pod', { metadata: { labels: { app: null } }, spec: null }],
  ])('but not %s', (_, kind, object) => {
    expect(readWorkload(kind, object, 'shop').faults).toEqual([]);
  });
});

describe('a review that cannot be right is refused, not read as an object without ports', () => {
  it.each([
    ['no object at CREATE', request('Pod'), 'Pod shop/api: the review carries no object'],
    [
      'no object at UPDATE',
      request('Deployment', { operation: 'UPDATE', oldObject: {} }),
      'Deployment shop/api: the review carries no object',
    ],
    [
      'a Deployment under pods',
      request('Pod', { kind: { group: 'apps', version: 'v1', kind: 'Deployment' }, object: {} }),
      'the review says that an object of pods is of kind Deployment',
    ],
    [
      'a kind that nobody knows under deployments',
      request('Deployment', { kind: { group: 'apps', version: 'v1', kind: 'Other' }, object: {} }),
      'the review says that an object of deployments is of kind Other',
    ],
  ])('%s', (_, review, message) => {
    expect(decideWorkload(review, FACTS)).toMatchObject({ allowed: false, code: 422, reason: 'invalid', message });
  });
});

describe('what is remembered of namespaces', () => {
  it('is kept for names that a namespace can have, and for no longer ones: callers could fill the memory with them', () => {
    const [real, endless] = ['a'.repeat(63), 'a'.repeat(64)];
    expect(AUTHORITY.namespace(real)).toBe(AUTHORITY.namespace(real));
    expect(AUTHORITY.namespace(endless)).not.toBe(AUTHORITY.namespace(endless));
    expect(AUTHORITY.namespace(endless)).toEqual(AUTHORITY.namespace(endless));
  });
});
