import { describe, expect, it } from 'vitest';
import type { AdmissionAnswer, AdmissionRequest } from '../../../../src/core/admission.ts';
import { decideNamespace } from '../../../../src/core/decide/namespace.ts';
import type { Template } from '../../../../src/core/template/model.ts';
import { facts, request } from '../../../support/review.ts';
import { at, authorityOf, entry, ranges, ruleIn } from '../../../support/template.ts';

const CONTROLLER = { userInfo: { username: 'system:serviceaccount:portcullis-system:portcullis-controller', groups: [] } };
const rule = ruleIn({ ports: ranges('80') });
const entries = [
  entry('shop', { mode: 'enforce', place: at(11), rules: [rule, rule] }),
  entry('web', { mode: 'audit', place: at(20), rules: [rule] }),
  entry('quiet', { mode: 'off', place: at(30) }),
  entry('pr-*', { place: at(40) }),
];
const said = { unlistedPlace: at(4), modePlace: at(3) };

function decide(name: string, fields: Partial<AdmissionRequest> = {}, template: Partial<Template> = said): AdmissionAnswer {
  return decideNamespace(request('Namespace', { name, namespace: name, ...fields }), facts(authorityOf(entries, template)));
}

function admitted(reason: string, ...warnings: string[]): AdmissionAnswer {
  return { allowed: true, reason, warnings, auditAnnotations: {} };
}

function refused(reason: string, ...lines: string[]): AdmissionAnswer {
  return { allowed: false, reason, code: 403, message: lines.join('\n'), warnings: [], auditAnnotations: {} };
}

describe('a new namespace', () => {
  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'that is enforced': [
      decide('shop'),
      admitted(
        'namespace',
        'portcullis: namespace shop is enforced by template.yaml:11 (2 rules); pods wait until its policies are in place',
      ),
    ],
    'that is enforced with no rule, by the default': [
      decide('pr-1'),
      admitted(
        'namespace',
        'portcullis: namespace pr-1 is enforced by the default of template.yaml:3 (0 rules); pods wait until its policies are in place',
      ),
    ],
    'that is audited': [
      decide('web'),
      admitted('namespace', 'portcullis: namespace web is audited by template.yaml:20 (1 rule); undeclared ports are only reported'),
    ],
    'that is left alone': [decide('quiet'), admitted('namespace')],
    'that is exempt': [decide('kube-system'), admitted('exempt')],
    'that no document lists': [
      decide('new'),
      admitted(
        'namespace',
        'portcullis: namespace new is audited by unlisted: audit at template.yaml:4; undeclared ports are only reported',
      ),
    ],
    'that no document lists, under deny': [
      decide('new', {}, { ...said, unlisted: 'deny' }),
      refused(
        'namespace-not-listed',
        'Namespace new is not in the template, and only namespaces that it lists may be created, by unlisted: deny at template.yaml:4',
        'To permit it, add under namespaces:',
        '  - name: new',
        '    rules: []',
      ),
    ],
    'whose name YAML would take for a number, under deny': [
      decide('1e3', {}, { ...said, unlisted: 'deny' }),
      refused(
        'namespace-not-listed',
        'Namespace 1e3 is not in the template, and only namespaces that it lists may be created, by unlisted: deny at template.yaml:4',
        'To permit it, add under namespaces:',
        '  - name: "1e3"',
        '    rules: []',
      ),
    ],
    'that a prefix lists, under deny': [decide('pr-9', {}, { ...said, unlisted: 'deny', mode: 'off' }), admitted('namespace')],
    'whose name is made by the API server, under deny': [
      decide('', { object: { metadata: { generateName: 'pr-' } } }, { ...said, unlisted: 'deny', mode: 'off' }),
      admitted('namespace'),
    ],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));
});

describe('an update of a namespace', () => {
  const labeled = (gate?: string, metadata = {}) => ({
    metadata: { labels: { team: 'blue', ...(gate === undefined ? {} : { 'portcullis.dev/gate': gate }) }, ...metadata },
  });
  const update = (before: object, after: object, fields: Partial<AdmissionRequest> = {}) =>
    decide('shop', { operation: 'UPDATE', oldObject: before, object: after, ...fields });
  const CHANGED = refused('gate-label-changed', 'Namespace shop: only Portcullis sets the label portcullis.dev/gate; leave it out');

  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'may change labels of its own': [update(labeled(), { metadata: { labels: { team: 'red' } } }), admitted('namespace')],
    'may not set the label that spares a call': [update(labeled(), labeled('open')), CHANGED],
    'may not change it': [update(labeled('open'), labeled('shut')), CHANGED],
    'may keep it (kubectl apply brings old labels along)': [update(labeled('open'), labeled('open')), admitted('namespace')],
    'may take it away, which costs a call and harms nobody': [update(labeled('open'), labeled()), admitted('namespace')],
    'by the controller may set it': [update(labeled(), labeled('open'), CONTROLLER), admitted('namespace')],
    'that is being deleted passes': [
      update(labeled(undefined, { deletionTimestamp: '2026-01-01T00:00:00Z' }), labeled('open')),
      admitted('deleting'),
    ],
    'under deny passes, though no document lists it': [
      decide('new', { operation: 'UPDATE', oldObject: {}, object: {} }, { unlisted: 'deny' }),
      admitted('namespace'),
    ],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));
});
