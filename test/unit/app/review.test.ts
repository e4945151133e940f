import { describe, expect, it } from 'vitest';
import { makeReview } from '../../../src/app/review.ts';
import { type AdmissionAnswer, type AdmissionRequest, allowed } from '../../../src/core/admission.ts';
import type { GateFacts } from '../../../src/core/decide/facts.ts';
import { facts, request } from '../../support/review.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const authority = authorityOf([entry('shop', { mode: 'enforce', rules: [ruleIn({ ports: ranges('80') })] })]);
const review = (known: Partial<GateFacts> = {}) =>
  makeReview({ facts: () => facts(authority, known), templateEdit: () => allowed('template-edit') });
const blind = makeReview({ facts: () => undefined, templateEdit: () => allowed('template-edit') });

const pod = (containerPort: number) => ({ metadata: { name: 'api' }, spec: { containers: [{ name: 'c', ports: [{ containerPort }] }] } });
const OPEN_NAMESPACE = { metadata: { name: 'shop', labels: { 'portcullis.dev/gate': 'open' } } };
const annotations = (reason: string) => ({ template: '0123456789ab', reason });

describe('the validating hook asks', () => {
  const policy = { metadata: { name: 'portcullis-block' }, spec: { podSelector: {} } };
  const table: Record<string, [kind: string, fields: Partial<AdmissionRequest>, reason: string]> = {
    'the decision on workloads for a pod': ['Pod', { object: pod(81) }, 'port-not-authorized'],
    'it for an update of a pod': ['Pod', { operation: 'UPDATE', object: pod(81), oldObject: pod(81) }, 'authorized'],
    'it for a workload': ['CronJob', { object: {} }, 'authorized'],
    'nothing for a pod that is deleted': ['Pod', { operation: 'DELETE', oldObject: pod(81) }, 'not-judged'],
    'nothing for a connection': ['Pod', { operation: 'CONNECT', subResource: 'exec' }, 'not-judged'],
    'nothing for an ephemeral container, which cannot declare ports': [
      'Pod',
      { operation: 'UPDATE', subResource: 'ephemeralcontainers', object: pod(81), oldObject: pod(80) },
      'ephemeral-container',
    ],
    'nothing for another subresource': [
      'Pod',
      { operation: 'UPDATE', subResource: 'resize', object: pod(81), oldObject: pod(80) },
      'not-judged',
    ],
    'it for the status of a pod, which may bring other labels': [
      'Pod',
      { operation: 'UPDATE', subResource: 'status', object: pod(81), oldObject: pod(80) },
      'port-not-authorized',
    ],
    'the decision on Bindings': [
      'Binding',
      { object: { metadata: { name: 'api', labels: { 'portcullis.dev/quarantine': 'true' } } } },
      'binding-label',
    ],
    'it by the subresource of a pod, where the object is one': [
      'Pod',
      { subResource: 'binding', kind: { group: '', version: 'v1', kind: 'Binding' }, object: { metadata: { name: 'api' } } },
      'binding',
    ],
    'nothing for the status of a workload': [
      'Deployment',
      { operation: 'UPDATE', subResource: 'status', object: { spec: { template: pod(81) } }, oldObject: {} },
      'not-judged',
    ],
    'nothing for a kind that it does not know': ['Widget', { object: pod(81) }, 'not-judged'],
    'the decision on namespaces': ['Namespace', { name: 'shop' }, 'namespace'],
    'it for the status of a namespace, which may bring our label': [
      'Namespace',
      { operation: 'UPDATE', subResource: 'status', object: OPEN_NAMESPACE, oldObject: { metadata: { name: 'shop' } } },
      'gate-label-changed',
    ],
    'it for the end of a namespace as well': [
      'Namespace',
      { operation: 'UPDATE', subResource: 'finalize', object: OPEN_NAMESPACE, oldObject: { metadata: { name: 'shop' } } },
      'gate-label-changed',
    ],
    'the decision on policies': ['NetworkPolicy', { name: 'portcullis-block', object: policy }, 'policy-protected'],
    'it for a policy that is deleted': [
      'NetworkPolicy',
      {
        operation: 'DELETE',
        name: 'portcullis-block',
        oldObject: { ...policy, metadata: { labels: { 'app.kubernetes.io/managed-by': 'portcullis' } } },
      },
      'policy-protected',
    ],
  };
  it.each(Object.entries(table))('%s', (_, [kind, fields, reason]) => {
    const answer = review().validate(request(kind, fields));
    expect([answer.reason, answer.auditAnnotations]).toEqual([reason, annotations(reason)]);
  });

  const placeless: Record<string, [kind: string, fields: Partial<AdmissionRequest>, reason: string]> = {
    'a pod': ['Pod', { object: pod(81) }, 'invalid'],
    'a Deployment': ['Deployment', { object: { spec: { template: pod(81) } } }, 'invalid'],
    'a policy': ['NetworkPolicy', { name: 'portcullis-block', object: policy }, 'invalid'],
    'but for a namespace, which has none': ['Namespace', { object: { metadata: { name: 'shop' } } }, 'namespace'],
    'but for what is deleted': ['Pod', { operation: 'DELETE' }, 'not-judged'],
  };
  it.each(Object.entries(placeless))('no namespace, refused: %s', (_, [kind, fields, reason]) => {
    expect(review().validate(request(kind, { namespace: '', ...fields })).reason).toBe(reason);
  });

  it('the template itself for its ConfigMaps, with no template accepted yet', () => {
    expect(blind.validate(request('ConfigMap'))).toEqual(allowed('template-edit'));
  });
});

describe('the mutating hook', () => {
  it('answers with its patch and the hash of the template', () => {
    expect(review({ pairObserved: () => false }).mutate(request('Pod', { object: pod(80) }))).toEqual({
      allowed: true,
      reason: 'gated',
      warnings: [],
      auditAnnotations: annotations('gated'),
      patch: [{ op: 'add', path: '/spec/schedulingGates', value: [{ name: 'portcullis.dev/policies' }] }],
    });
  });
});

describe('without a template nobody knows what is permitted, so that nothing is', () => {
  const NO_TEMPLATE: AdmissionAnswer = {
    allowed: false,
    reason: 'no-template',
    code: 500,
    message: 'Portcullis has no template yet: none was ever accepted (see the ConfigMap portcullis-template and the log of Portcullis)',
    warnings: [],
    auditAnnotations: {},
  };
  const table: Record<string, AdmissionAnswer> = {
    'a pod': blind.validate(request('Pod', { object: pod(80) })),
    'a namespace': blind.validate(request('Namespace')),
    'a policy': blind.validate(request('NetworkPolicy')),
    'the mutation of a pod': blind.mutate(request('Pod', { object: pod(80) })),
  };
  it.each(Object.entries(table))('%s', (_, answer) => expect(answer).toEqual(NO_TEMPLATE));
});

describe('a dry-run', () => {
  const kinds: Record<string, Partial<AdmissionRequest>> = {
    Pod: { object: pod(81) },
    Deployment: { object: { spec: { template: pod(81) } } },
    Namespace: { name: 'new' },
    NetworkPolicy: { name: 'mine', object: { metadata: { name: 'mine' }, spec: { podSelector: {}, ingress: [{}] } } },
  };
  it.each(Object.entries(kinds))('of a %s gets the same answer', (kind, fields) => {
    const world = review({ pairObserved: () => false });
    for (const ask of [world.validate, world.mutate]) {
      expect(ask(request(kind, { ...fields, dryRun: true }))).toEqual(ask(request(kind, fields)));
    }
  });
});
