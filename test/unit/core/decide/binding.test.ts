import { describe, expect, it } from 'vitest';
import type { AdmissionAnswer, AdmissionRequest } from '../../../../src/core/admission.ts';
import { decideBinding, isBinding } from '../../../../src/core/decide/binding.ts';
import type { Mode } from '../../../../src/core/template/model.ts';
import { facts, request } from '../../../support/review.ts';
import { at, authorityOf, entry, ranges, ruleIn } from '../../../support/template.ts';

const CONTROLLER = { userInfo: { username: 'system:serviceaccount:portcullis-system:portcullis-controller', groups: [] } };
const QUARANTINE = { 'portcullis.dev/quarantine': 'true' };
const ZONE = { 'topology.kubernetes.io/zone': 'a' };
const RULES = [
  ruleIn({ name: 'api', place: at(14), pods: { matchLabels: { app: 'api' } }, ports: ranges('8080') }),
  ruleIn({ place: at(16), pods: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, ports: ranges('80') }),
  ruleIn({ place: at(18), pods: { matchLabels: { 'topology.kubernetes.io/zone': 'b' } }, ports: ranges('81') }),
];

const binding = (labels?: object) => ({
  metadata: { name: 'api', ...(labels === undefined ? {} : { labels }) },
  target: { name: 'node-1' },
});

function decide(labels: object | undefined, fields: Partial<AdmissionRequest> = {}, mode: Mode = 'enforce'): AdmissionAnswer {
  const shop = entry('shop', { mode, place: at(11), rules: RULES });
  return decideBinding(request('Binding', { object: binding(labels), ...fields }), facts(authorityOf([shop])));
}

function admitted(reason: string, ...warnings: string[]): AdmissionAnswer {
  return { allowed: true, reason, warnings, auditAnnotations: {} };
}

function refused(...lines: string[]): AdmissionAnswer {
  return { allowed: false, reason: 'binding-label', code: 403, message: lines.join('\n'), warnings: [], auditAnnotations: {} };
}

function unfit(...lines: string[]): AdmissionAnswer {
  return { allowed: false, reason: 'invalid', code: 422, message: lines.join('\n'), warnings: [], auditAnnotations: {} };
}

const refusedFor = (...row: string[]) =>
  refused(
    'Binding shop/api sets a label that a Binding may not set',
    ...row,
    'Leave it out: what decides about a pod is set on the pod itself, where it is judged with its ports.',
    'Mode enforce, by template.yaml:11.',
  );

describe('a Binding', () => {
  const OWN = refusedFor('  portcullis.dev/quarantine  only Portcullis sets it');
  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'without labels passes': [decide(undefined), admitted('binding')],
    'with an empty list of labels passes': [decide({}), admitted('binding')],
    'with labels by which nothing is selected passes': [decide({ color: 'blue', App: 'api' }), admitted('binding')],
    'with labels of the topology passes, as the API server itself sets them, even if a rule selects by them': [
      decide(ZONE),
      admitted('binding'),
    ],
    'with a label by which a rule selects is refused, whatever its value': [
      decide({ app: 'other' }),
      refusedFor('  app  rule api selects pods by it (template.yaml:14)'),
    ],
    'with a label whose absence a rule selects is refused': [
      decide({ tier: '' }),
      refusedFor('  tier  a rule selects pods by it (template.yaml:16)'),
    ],
    'with a label whose value is null is refused: the API server reads an empty text': [
      decide({ app: null }),
      refusedFor('  app  rule api selects pods by it (template.yaml:14)'),
    ],
    'with labels of every sort is told which of them may not be': [
      decide({ ...ZONE, color: 'blue', app: 'api', ...QUARANTINE }),
      refused(
        'Binding shop/api sets 2 labels that a Binding may not set',
        '  app                        rule api selects pods by it (template.yaml:14)',
        '  portcullis.dev/quarantine  only Portcullis sets it',
        'Leave them out: what decides about a pod is set on the pod itself, where it is judged with its ports.',
        'Mode enforce, by template.yaml:11.',
      ),
    ],
    'with a label of ours is refused': [decide(QUARANTINE), OWN],
    'with any other label of ours is refused': [
      decide({ 'portcullis.dev/later': '' }),
      refusedFor('  portcullis.dev/later  only Portcullis sets it'),
    ],
    'with a label of ours passes where the controller sets it': [decide(QUARANTINE, CONTROLLER), admitted('binding')],
    'with a label by which a rule selects is refused to the controller too': [
      decide({ app: 'api' }, CONTROLLER),
      refusedFor('  app  rule api selects pods by it (template.yaml:14)'),
    ],
    'gets the same answer in a dry run': [decide(QUARANTINE, { dryRun: true }), OWN],
    'is of the namespace of the request, whatever it says itself': [
      decide(undefined, { object: { metadata: { name: 'api', namespace: 'kube-system', labels: QUARANTINE } } }),
      OWN,
    ],
    'by the older path has its name in the object': [decide(QUARANTINE, { name: '' }), OWN],
    'only warns in a namespace of mode audit': [
      decide({ app: 'api', ...QUARANTINE }, {}, 'audit'),
      admitted(
        'audit-binding-label',
        'portcullis audit: Binding shop/api: mode enforce would refuse these labels (template.yaml:11)',
        'portcullis audit: label app: rule api selects pods by it (template.yaml:14)',
        'portcullis audit: label portcullis.dev/quarantine: only Portcullis sets it',
      ),
    ],
    'passes in a namespace of mode off': [decide(QUARANTINE, {}, 'off'), admitted('off')],
    'passes in a namespace that is exempt': [decide(QUARANTINE, { namespace: 'kube-system' }), admitted('exempt')],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));

  it('lists no more labels than a person reads', () => {
    const many = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`portcullis.dev/${10 + i}`, '']));
    const answer = decide(many);
    const message = answer.allowed ? '' : answer.message;
    expect(message.split('\n').slice(12, 14)).toEqual(['  portcullis.dev/21  only Portcullis sets it', '  and 2 more']);
    expect(decide(many, {}, 'audit').warnings).toHaveLength(8);
  });
});

describe('a Binding that cannot be right is refused', () => {
  const HOSTILE = 'portcullis.dev/x\nportcullis: forged';
  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'without an object': [decide(undefined, { object: null }), unfit('Binding shop/api: the review carries no object')],
    'with labels that are no object': [
      decide(['app']),
      unfit('Binding shop/api is not valid', '  metadata.labels: labels must be an object'),
    ],
    'with metadata that is no object': [
      decide(undefined, { object: { metadata: 'x' } }),
      unfit('Binding shop/api is not valid', '  metadata: metadata must be an object'),
    ],
    'with a label that is no text': [
      decide({ app: 1 }),
      unfit('Binding shop/api is not valid', '  metadata.labels.app: the value of a label must be a text'),
    ],
    'with a label that is no text, whose key forges no line': [
      decide({ [HOSTILE]: 1 }),
      unfit('Binding shop/api is not valid', `  metadata.labels.${HOSTILE.replace('\n', '\\u000a')}: the value of a label must be a text`),
    ],
    'of another kind': [
      decide(undefined, { kind: { group: '', version: 'v1', kind: 'Pod' } }),
      unfit('the review says that a Binding is of kind Pod'),
    ],
    'of another group': [
      decide(undefined, { kind: { group: 'example.com', version: 'v1', kind: 'Binding' } }),
      unfit('the review says that a Binding is of kind Binding.example.com'),
    ],
    'by a label of ours, whose key forges no line': [
      decide({ [HOSTILE]: '' }),
      refusedFor(`  ${HOSTILE.replace('\n', '\\u000a')}  only Portcullis sets it`),
    ],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));
});

describe('a request that gives a pod its node', () => {
  const resource = (name: string, group = '') => ({ resource: { group, version: 'v1', resource: name } });
  const table: Record<string, [fields: Partial<AdmissionRequest>, expected: boolean]> = {
    'comes by the subresource of the pod': [{ ...resource('pods'), subResource: 'binding' }, true],
    'comes by the older path': [resource('bindings'), true],
    'is no status of a Binding': [{ ...resource('bindings'), subResource: 'status' }, false],
    'is no pod': [resource('pods'), false],
    'is no other subresource of a pod': [{ ...resource('pods'), subResource: 'eviction' }, false],
    'is no update': [{ ...resource('bindings'), operation: 'UPDATE' }, false],
    'is of no other group': [resource('bindings', 'example.com'), false],
  };
  it.each(Object.entries(table))('%s', (_, [fields, expected]) => expect(isBinding(request('Binding', fields))).toBe(expected));
});
