import { describe, expect, it } from 'vitest';
import type { AdmissionAnswer, AdmissionRequest, JsonPatch } from '../../../../src/core/admission.ts';
import type { GateFacts } from '../../../../src/core/decide/facts.ts';
import { mutate } from '../../../../src/core/decide/mutate.ts';
import { facts, request } from '../../../support/review.ts';
import { authorityOf, entry } from '../../../support/template.ts';

const CONTROLLER = { userInfo: { username: 'system:serviceaccount:portcullis-system:portcullis-controller', groups: [] } };
const GATE = { name: 'portcullis.dev/policies' };
const world = (known: Partial<GateFacts> = {}) =>
  facts(authorityOf([entry('shop', { mode: 'enforce' }), entry('web', { mode: 'audit' })]), { pairObserved: () => false, ...known });

const UNCHANGED: AdmissionAnswer = { allowed: true, reason: 'unchanged', warnings: [], auditAnnotations: {} };

function patched(reason: string, patch: JsonPatch, ...warnings: string[]): AdmissionAnswer {
  return { allowed: true, reason, warnings, auditAnnotations: {}, patch };
}

describe('a pod', () => {
  const pod = (spec: object, fields: Partial<AdmissionRequest> = {}, known: Partial<GateFacts> = {}) =>
    mutate(request('Pod', { object: { metadata: {}, spec }, ...fields }), world(known));
  const GATED = patched('gated', [{ op: 'add', path: '/spec/schedulingGates', value: [GATE] }]);

  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'before the pair is observed waits at our gate': [pod({}), GATED],
    'that is only tried (dry-run) gets the same patch': [pod({}, { dryRun: true }), GATED],
    'with gates of others keeps them': [
      pod({ schedulingGates: [{ name: 'x' }] }),
      patched('gated', [{ op: 'add', path: '/spec/schedulingGates/-', value: GATE }]),
    ],
    'with our gate is not gated twice': [pod({ schedulingGates: [GATE] }), UNCHANGED],
    'with a node may carry no gate': [pod({ nodeName: 'node-1' }), UNCHANGED],
    'that mirrors a static pod is left alone': [
      mutate(request('Pod', { object: { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } }, spec: {} } }), world()),
      UNCHANGED,
    ],
    'behind an observed pair': [pod({}, {}, { pairObserved: () => true }), UNCHANGED],
    'in a namespace of mode audit': [pod({}, { namespace: 'web' }), UNCHANGED],
    'in an exempt namespace': [pod({}, { namespace: 'kube-system' }), UNCHANGED],
    'that is updated': [pod({}, { operation: 'UPDATE' }), UNCHANGED],
    'in a subresource': [pod({}, { subResource: 'binding' }), UNCHANGED],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));
});

describe('a namespace', () => {
  const namespace = (labels: object | undefined, fields: Partial<AdmissionRequest> = {}) =>
    mutate(request('Namespace', { name: 'new', object: { metadata: labels === undefined ? {} : { labels } }, ...fields }), world());
  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'without labels': [namespace(undefined), UNCHANGED],
    'with labels of its own': [namespace({ team: 'blue' }), UNCHANGED],
    'with the label that spares this call loses it': [
      namespace({ 'portcullis.dev/gate': 'open' }),
      patched(
        'gate-label-stripped',
        [{ op: 'remove', path: '/metadata/labels/portcullis.dev~1gate' }],
        'portcullis: the label portcullis.dev/gate was taken off: only Portcullis sets it',
      ),
    ],
    'with that label, by the controller': [namespace({ 'portcullis.dev/gate': 'open' }, CONTROLLER), UNCHANGED],
    'with that label, on update': [namespace({ 'portcullis.dev/gate': 'open' }, { operation: 'UPDATE' }), UNCHANGED],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));
});

it('nothing else is changed', () => {
  expect(mutate(request('Deployment', { object: {} }), world())).toEqual(UNCHANGED);
});
