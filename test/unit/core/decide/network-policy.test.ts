import { describe, expect, it } from 'vitest';
import type { AdmissionAnswer, AdmissionRequest } from '../../../../src/core/admission.ts';
import type { GateFacts } from '../../../../src/core/decide/facts.ts';
import { decideNetworkPolicy } from '../../../../src/core/decide/network-policy.ts';
import type { Mode } from '../../../../src/core/template/model.ts';
import { facts, request } from '../../../support/review.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../../support/template.ts';

const CONTROLLER = { userInfo: { username: 'system:serviceaccount:portcullis-system:portcullis-controller', groups: [] } };
const OURS = { 'app.kubernetes.io/managed-by': 'portcullis' };

const policy = (metadata: object, spec: object = { podSelector: {}, ingress: [] }) => ({ metadata, spec });
const rules = [ruleIn({ pods: { matchLabels: { app: 'api' } }, ports: ranges('8080') })];

function decide(mode: Mode, fields: Partial<AdmissionRequest>, known: Partial<GateFacts> = {}): AdmissionAnswer {
  return decideNetworkPolicy(request('NetworkPolicy', fields), facts(authorityOf([entry('shop', { mode, rules })]), known));
}

function admitted(reason: string, ...warnings: string[]): AdmissionAnswer {
  return { allowed: true, reason, warnings, auditAnnotations: {} };
}

const message = (name: string) =>
  name === 'mine'
    ? "NetworkPolicy shop/mine: the label app.kubernetes.io/managed-by=portcullis is Portcullis' own; change the template instead"
    : `NetworkPolicy shop/${name}: names portcullis-* are Portcullis' own; change the template instead`;

function refused(name: string): AdmissionAnswer {
  return { allowed: false, reason: 'policy-protected', code: 403, message: message(name), warnings: [], auditAnnotations: {} };
}

const block = policy({ name: 'portcullis-block', labels: OURS });
const labeled = policy({ name: 'mine', labels: OURS });
const tenant = policy({ name: 'mine' });
const remove = { operation: 'DELETE', name: 'portcullis-block', object: null, oldObject: block } as const;

describe('a policy of ours', () => {
  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'by name, created': [decide('enforce', { name: 'portcullis-x', object: policy({ name: 'portcullis-x' }) }), refused('portcullis-x')],
    'by a name that the API server makes': [
      decide('enforce', { name: '', object: policy({ generateName: 'portcullis-' }) }),
      refused('portcullis-'),
    ],
    'by label, created': [decide('enforce', { name: 'mine', object: labeled }), refused('mine')],
    'by label, that a tenant takes off': [
      decide('enforce', { operation: 'UPDATE', name: 'mine', object: tenant, oldObject: labeled }),
      refused('mine'),
    ],
    'by label, that a tenant puts on': [
      decide('enforce', { operation: 'UPDATE', name: 'mine', object: labeled, oldObject: tenant }),
      refused('mine'),
    ],
    deleted: [decide('enforce', remove), refused('portcullis-block')],
    'deleted with the whole collection: the request has no name': [decide('enforce', { ...remove, name: '' }), refused('portcullis-block')],
    'deleted, though an old API server sends no object': [decide('enforce', { ...remove, oldObject: null }), refused('portcullis-block')],
    'by name, but from before we came: it is in the way, and may be deleted': [
      decide('enforce', { ...remove, oldObject: policy({ name: 'portcullis-block' }) }),
      admitted('foreign-policy-removed'),
    ],
    'deleted in a namespace that is being deleted': [decide('enforce', remove, { terminating: () => true }), admitted('terminating')],
    'that is being deleted loses its finalizers': [
      decide('enforce', {
        operation: 'UPDATE',
        name: 'portcullis-block',
        object: block,
        oldObject: policy({ name: 'portcullis-block', deletionTimestamp: '2026-01-01T00:00:00Z' }),
      }),
      admitted('deleting'),
    ],
    'changed by the controller': [decide('enforce', { ...remove, ...CONTROLLER }), admitted('controller')],
    'in mode audit is only reported': [
      decide('audit', remove),
      admitted('audit-policy-protected', `portcullis audit: ${message('portcullis-block')}`),
    ],
    'in mode off is not protected': [decide('off', remove), admitted('off')],
    'in an exempt namespace is not protected': [decide('enforce', { ...remove, namespace: 'kube-system' }), admitted('exempt')],
    'that somebody else applies (GitOps) is only reported': [
      decide('enforce', remove, { policiesManaged: false }),
      admitted('audit-policy-protected', `portcullis enforce: ${message('portcullis-block')}`),
    ],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));
});

describe('a policy of a tenant', () => {
  const API = { matchLabels: { app: 'api' } };
  const web = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } } };
  const created = (spec: unknown, name = 'mine') => decide('enforce', { name, object: { metadata: { name: 'mine' }, spec } });
  const widens = (...phrases: string[]) =>
    admitted(
      'tenant-policy-widens',
      ...phrases.map((phrase) => `portcullis: NetworkPolicy shop/mine ${phrase}, which the template does not permit`),
    );

  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'that only closes': [created({ podSelector: {}, ingress: [] }), admitted('tenant-policy')],
    'that opens what is open anyway': [
      created({ podSelector: API, ingress: [{ from: [web], ports: [{ port: 8080 }] }] }),
      admitted('tenant-policy'),
    ],
    'that opens another port': [
      created({ podSelector: API, ingress: [{ from: [web], ports: [{ port: 9999 }] }] }),
      widens('opens 9999/TCP from pods of namespace web'),
    ],
    'that opens everything': [
      created({ podSelector: {}, ingress: [{}], egress: [{}] }),
      widens('opens every port from anywhere', 'opens every port to anywhere'),
    ],
    'whose name is made by the API server': [
      decide('enforce', { name: '', object: { metadata: { generateName: 'mine' }, spec: { podSelector: {}, ingress: [{}] } } }),
      widens('opens every port from anywhere'),
    ],
    'without a spec': [created(undefined), admitted('tenant-policy')],
    'that is deleted': [
      decide('enforce', { operation: 'DELETE', name: 'mine', object: null, oldObject: tenant }),
      admitted('tenant-policy'),
    ],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));

  it('that opens a great deal is told in eight lines', () => {
    const ports = Array.from({ length: 20 }, (_, index) => ({ port: 9000 + index }));
    const { warnings } = created({ podSelector: {}, ingress: [{ ports }] });
    expect([warnings.length, warnings[7]]).toEqual([8, 'portcullis: and 13 more']);
  });
});
