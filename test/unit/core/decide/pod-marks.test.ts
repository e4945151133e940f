import { describe, expect, it } from 'vitest';
import type { AdmissionAnswer, AdmissionRequest } from '../../../../src/core/admission.ts';
import type { GateFacts } from '../../../../src/core/decide/facts.ts';
import { decideWorkload } from '../../../../src/core/decide/workload.ts';
import { facts, request } from '../../../support/review.ts';
import { authorityOf, entry } from '../../../support/template.ts';

const CONTROLLER = { userInfo: { username: 'system:serviceaccount:portcullis-system:portcullis-controller', groups: [] } };
const GATE = { schedulingGates: [{ name: 'portcullis.dev/policies' }] };
const QUARANTINED = { 'portcullis.dev/quarantine': 'true' };

const pod = (spec: object = {}, labels: object = {}) => ({ metadata: { name: 'api', labels }, spec: { containers: [], ...spec } });
const dying = (labels: object, finalizers: readonly string[] = []) => ({
  metadata: { name: 'api', labels, finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [] },
});
const update = (oldObject: object, object: object): Partial<AdmissionRequest> => ({ operation: 'UPDATE', oldObject, object });

function decide(fields: Partial<AdmissionRequest>, known: Partial<GateFacts> = {}, mode: 'enforce' | 'audit' = 'enforce'): AdmissionAnswer {
  return decideWorkload(request('Pod', fields), facts(authorityOf([entry('shop', { mode })]), known));
}

/** A Deployment whose pods bear these labels, and bore others before where they are given. */
function deployment(labels: object, before?: object): AdmissionAnswer {
  const object = (podLabels: object) => ({ metadata: { name: 'api' }, spec: { template: pod({}, podLabels) } });
  const fields = before === undefined ? { object: object(labels) } : update(object(before), object(labels));
  return decideWorkload(request('Deployment', fields), facts(authorityOf([entry('shop', { mode: 'enforce' })])));
}

/** The reason, and the message of a denial. */
function said(answer: AdmissionAnswer): string {
  return answer.allowed ? answer.reason : `${answer.code} ${answer.reason}: ${answer.message}`;
}

const notYet = { pairObserved: () => false };
const RETRY = '403 policies-not-in-place: Pod shop/api: the policies of shop are not in place yet, retry in a moment';
const GATE_REMOVED =
  '403 gate-removed: Pod shop/api: only Portcullis removes the scheduling gate portcullis.dev/policies; it does so once the policies of shop are in place';
const QUARANTINE = '403 quarantine-changed: Pod shop/api: only Portcullis sets or removes the label portcullis.dev/quarantine';

describe('no pod runs before its policies exist', () => {
  const table: Record<string, [answer: AdmissionAnswer, expected: string]> = {
    'with neither gate nor observed pair': [decide({ object: pod() }, notYet), RETRY],
    'with our gate': [decide({ object: pod(GATE) }, notYet), 'authorized'],
    'with the gate of somebody else': [decide({ object: pod({ schedulingGates: [{ name: 'example.com/x' }] }) }, notYet), RETRY],
    'with an observed pair': [decide({ object: pod() }), 'authorized'],
    'with a node, which may carry no gate': [
      decide({ object: pod({ nodeName: 'node-1' }) }, notYet),
      `${RETRY} (a pod with nodeName cannot wait at a scheduling gate)`,
    ],
    'with a node, behind an observed pair': [decide({ object: pod({ nodeName: 'node-1' }) }), 'authorized'],
    'made by our controller': [decide({ object: pod(), ...CONTROLLER }, notYet), 'authorized'],
    'in a namespace of mode audit': [decide({ object: pod() }, notYet, 'audit'), 'authorized'],
    'and the pair of its own namespace counts': [decide({ object: pod() }, { pairObserved: (name) => name === 'shop' }), 'authorized'],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(said(answer)).toBe(expected));
});

describe('our marks on a pod', () => {
  const table: Record<string, [answer: AdmissionAnswer, expected: string]> = {
    'the gate, removed by a tenant': [decide(update(pod(GATE), pod())), GATE_REMOVED],
    'the gate, exchanged for another': [decide(update(pod(GATE), pod({ schedulingGates: [{ name: 'x' }] }))), GATE_REMOVED],
    'the gate, removed by the controller': [decide({ ...update(pod(GATE), pod()), ...CONTROLLER }), 'authorized'],
    'the gate, removed in a namespace of mode audit': [decide(update(pod(GATE), pod()), {}, 'audit'), 'authorized'],
    'another gate, removed by a tenant': [decide(update(pod({ schedulingGates: [{ name: 'x' }] }), pod())), 'authorized'],
    'the gate, kept': [decide(update(pod(GATE), pod(GATE, { a: 'b' }))), 'authorized'],
    'quarantine, removed by a tenant': [decide(update(pod({}, QUARANTINED), pod())), QUARANTINE],
    'quarantine, set by a tenant': [decide(update(pod(), pod({}, QUARANTINED))), QUARANTINE],
    'quarantine, brought along by a tenant': [decide({ object: pod({}, QUARANTINED) }), QUARANTINE],
    'quarantine, brought along by our controller': [decide({ object: pod({}, QUARANTINED), ...CONTROLLER }), 'authorized'],
    'quarantine, brought along in a namespace of mode audit': [decide({ object: pod({}, QUARANTINED) }, {}, 'audit'), 'authorized'],
    'quarantine, in a template of pods': [deployment(QUARANTINED), QUARANTINE.replace('Pod', 'Deployment')],
    'quarantine, kept in a template of pods': [deployment(QUARANTINED, QUARANTINED), 'authorized'],
    'quarantine, taken out of a template of pods': [deployment({}, QUARANTINED), 'authorized'],
    'quarantine, kept': [decide(update(pod({}, QUARANTINED), pod({}, { ...QUARANTINED, a: 'b' }))), 'authorized'],
    'quarantine, removed by the controller': [decide({ ...update(pod({}, QUARANTINED), pod()), ...CONTROLLER }), 'authorized'],
    'quarantine, removed by a tenant while the pod ends': [decide(update(dying(QUARANTINED), dying({}))), QUARANTINE],
    'quarantine, removed by the controller while the pod ends': [
      decide({ ...update(dying(QUARANTINED), dying({})), ...CONTROLLER }),
      'deleting',
    ],
    'quarantine, removed while the pod ends in a namespace of mode audit': [
      decide(update(dying(QUARANTINED), dying({})), {}, 'audit'),
      'deleting',
    ],
    'quarantine, kept while the pod ends and loses its finalizers': [
      decide(update(dying(QUARANTINED, ['example.com/wait']), dying(QUARANTINED))),
      'deleting',
    ],
    'a pair that was lost does not stop an update': [decide(update(pod(), pod({}, { a: 'b' })), notYet), 'authorized'],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(said(answer)).toBe(expected));
});
