import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeReview } from '../../../src/adapters/http/decode.ts';
import { encodeAnswer } from '../../../src/adapters/http/encode.ts';
import { allowed, denied } from '../../../src/core/admission.ts';

const CASES = new URL('../../fixtures/cases/', import.meta.url);

function sample(): Record<string, unknown> & { request: Record<string, unknown> } {
  return JSON.parse(readFileSync(new URL('13-review-version-and-uid/input.json', CASES), 'utf8'));
}

const UID = '6f1c2a4e-0005-4a5b-9c1d-aaaaaaaaaaaa';

describe('a review is decoded', () => {
  it('to the request with every field that a decision needs', () => {
    const review = sample();
    expect(decodeReview(JSON.stringify(review))).toEqual({
      kind: 'review',
      apiVersion: 'admission.k8s.io/v1beta1',
      request: {
        uid: UID,
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        subResource: '',
        name: 'p1',
        namespace: 'orders',
        operation: 'CREATE',
        userInfo: {
          username: 'system:serviceaccount:kube-system:replicaset-controller',
          groups: ['system:serviceaccounts', 'system:authenticated'],
        },
        object: review.request.object,
        oldObject: null,
        dryRun: false,
      },
    });
  });

  const folders = readdirSync(CASES).filter((name) => /^(09|11|12|13|14)-/.test(name));
  const inputs = folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, CASES)).flatMap((file) => (/^input.*json$/.test(file) ? [`${folder}/${file}`] : [])),
  );
  it.each(inputs)('from the case %s', (file) => {
    const value: unknown = JSON.parse(readFileSync(new URL(file, CASES), 'utf8'));
    const reviews = Array.isArray(value) ? value : [value];
    for (const review of reviews) expect(decodeReview(JSON.stringify(review))).toMatchObject({ kind: 'review' });
  });
});

describe('what is no review is refused with the reason, and with the uid where it can be read', () => {
  const broken: Record<string, [change: (review: ReturnType<typeof sample>) => void, detail: string]> = {
    'another group': [(review) => Object.assign(review, { apiVersion: 'example.com/v1' }), 'apiVersion is another'],
    'a version of the future': [(review) => Object.assign(review, { apiVersion: 'admission.k8s.io/v2' }), 'apiVersion is another'],
    'another kind': [(review) => Object.assign(review, { kind: 'Pod' }), 'kind is another'],
    'an operation that does not exist': [
      ({ request }) => Object.assign(request, { operation: 'PATCH' }),
      'request.operation is none of CREATE, UPDATE, DELETE, CONNECT',
    ],
    'a kind that is a text': [({ request }) => Object.assign(request, { kind: 'Pod' }), 'request.kind is not {group, version, kind}'],
    'a resource without a name': [
      ({ request }) => Object.assign(request, { resource: { group: '', version: 'v1' } }),
      'request.resource is not {group, version, resource}',
    ],
    'groups that are no list': [
      ({ request }) => Object.assign(request, { userInfo: { username: 'a', groups: 'b' } }),
      'request.userInfo is not {username, groups}',
    ],
    'a namespace that is a number': [
      ({ request }) => Object.assign(request, { namespace: 7 }),
      'request.name, namespace and subResource must be texts',
    ],
    'a dryRun that is a text': [({ request }) => Object.assign(request, { dryRun: 'false' }), 'request.dryRun is not a boolean'],
    'an object that is a list': [
      ({ request }) => Object.assign(request, { object: [] }),
      'request.object and oldObject must be objects or null',
    ],
  };
  it.each(Object.entries(broken))('%s', (_, [change, detail]) => {
    const review = sample();
    change(review);
    expect(decodeReview(JSON.stringify(review))).toMatchObject({ kind: 'malformed', reason: 'NotAReview', detail, uid: UID });
  });

  it.each([
    ['nothing', '', { reason: 'NotJSON', detail: 'it is empty' }],
    ['half of a JSON text', '{"apiVersion":', { reason: 'NotJSON', detail: '' }],
    ['a list', '[]', { reason: 'NotAReview', detail: 'it is not an object' }],
    ['null', 'null', { reason: 'NotAReview', detail: 'it is not an object' }],
    [
      'a review without a request',
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
      { reason: 'NotAReview', detail: 'request is missing', apiVersion: 'admission.k8s.io/v1' },
    ],
  ])('%s', (_, text, expected) => {
    expect(decodeReview(text)).toEqual({ kind: 'malformed', ...expected });
  });

  it('whatever JSON comes, and however deep it is nested', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => decodeReview(JSON.stringify(value)).kind === 'malformed'));
    expect(decodeReview('['.repeat(1_000_000))).toEqual({ kind: 'malformed', reason: 'NotJSON', detail: '' });
  });
});

describe('an answer is encoded', () => {
  const head = { apiVersion: 'admission.k8s.io/v1', uid: 'u-1' } as const;
  const bare = { reason: 'gated', warnings: [], auditAnnotations: {} };
  const envelope = (response: object) => ({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: 'u-1', ...response },
  });

  it('as bare as possible where nothing is to be said', () => {
    expect(JSON.parse(encodeAnswer(head, allowed('authorized')))).toEqual(envelope({ allowed: true }));
  });

  it('as a Status with code, reason and message where it is a denial', () => {
    const answer = { ...denied('port', 'Pod shop/api\n  9090/TCP'), auditAnnotations: { template: 'abc' } };
    expect(JSON.parse(encodeAnswer(head, answer))).toEqual(
      envelope({
        allowed: false,
        status: { status: 'Failure', code: 403, reason: 'Forbidden', message: 'Pod shop/api\n  9090/TCP' },
        auditAnnotations: { template: 'abc' },
      }),
    );
  });

  it('with the patch in base64 and its type', () => {
    const patch = [{ op: 'add', path: '/metadata/labels', value: { é: '1' } }] as const;
    const { response } = JSON.parse(encodeAnswer(head, { ...bare, allowed: true, patch }));
    expect(response.patchType).toBe('JSONPatch');
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual(patch);
  });

  it('without a patch type where the patch is empty', () => {
    expect(JSON.parse(encodeAnswer(head, { ...bare, allowed: true, patch: [] }))).toEqual(envelope({ allowed: true }));
  });

  it('without escape codes and forged lines of a hostile name', () => {
    const { response } = JSON.parse(encodeAnswer(head, denied('port', 'pod \u001b[2Jx\u202e\r\nline\u0007 two')));
    expect(response.status.message).toBe('pod  [2Jx\nline  two');
  });

  it('as JSON that carries any uid back unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (uid) => {
        expect(JSON.parse(encodeAnswer({ ...head, uid }, allowed('x'))).response.uid).toBe(uid);
      }),
    );
  });
});
