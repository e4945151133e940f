import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigIdentity } from '../../../src/adapters/kube/kubeconfig.ts';
import { failureOf } from '../../support/kube-failure.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-as-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The headers of a user with these fields, beside another user who acts as somebody else. */
async function headersOf(user: object) {
  const file = join(folder, 'kubeconfig');
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [
      { name: 'other', user: { as: 'root', 'as-groups': ['system:masters'] } },
      { name: 'u', user: { token: 't', ...user } },
    ],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(file, JSON.stringify(config));
  return (await (await kubeconfigIdentity({ kind: 'kubeconfig', files: [file] })).credentials()).headers;
}

/** What Node writes one byte a character. */
const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('who a kubeconfig lets a call act as', () => {
  const cases: Record<string, { user: object; headers: object }> = {
    'is nobody else where it names nobody': { user: {}, headers: {} },
    'is nobody else where all fields are empty': {
      user: { as: '', 'as-uid': '', 'as-groups': [], 'as-user-extra': null },
      headers: {},
    },
    'is somebody by name': { user: { as: 'alice' }, headers: { 'impersonate-user': 'alice' } },
    'is somebody with a uid, groups and extra fields': {
      user: {
        as: 'alice',
        'as-uid': '42',
        'as-groups': ['dev', 'ops, on call'],
        'as-user-extra': { scopes: ['view', 'edit'], reason: ['r'] },
      },
      headers: {
        'impersonate-user': 'alice',
        'impersonate-uid': '42',
        'impersonate-group': ['dev', 'ops, on call'],
        'impersonate-extra-scopes': ['view', 'edit'],
        'impersonate-extra-reason': ['r'],
      },
    },
    'has extra fields whose keys are no names of headers: escaped byte by byte, small where the server makes them small': {
      user: { as: 'a', 'as-user-extra': { 'acme.com/Project': ['p'], '100%': ['q'], É: ['r'] } },
      headers: {
        'impersonate-user': 'a',
        'impersonate-extra-acme.com%2fproject': ['p'],
        'impersonate-extra-100%25': ['q'],
        'impersonate-extra-%c3%89': ['r'],
      },
    },
    'has one extra field where keys differ in capitals alone': {
      user: { as: 'a', 'as-user-extra': { Scopes: ['view'], scopes: ['edit'] } },
      headers: { 'impersonate-user': 'a', 'impersonate-extra-scopes': ['view', 'edit'] },
    },
    'has a name beyond ASCII in UTF-8': {
      user: { as: 'Jörg', 'as-groups': ['日本'] },
      headers: { 'impersonate-user': bytes('Jörg'), 'impersonate-group': [bytes('日本')] },
    },
  };
  it.each(Object.entries(cases))('%s', async (_sentence, { user, headers }) => {
    const { authorization, 'impersonate-user': as = '', ...rest } = await headersOf(user);
    // The library passes an empty name on, which is none to the server.
    expect({ ...(as === '' ? {} : { 'impersonate-user': as }), ...rest }).toEqual(headers);
    expect(authorization).toBe('Bearer t');
  });
});

describe('a kubeconfig cannot be used', () => {
  const NOBODY = 'its user "u" names a uid, groups or extra fields to act with, but nobody to act as (`as`)';
  const cases: Record<string, { user: object; message: string }> = {
    'with groups and nobody': { user: { 'as-groups': ['dev'] }, message: NOBODY },
    'with a uid and nobody': { user: { as: '', 'as-uid': '42' }, message: NOBODY },
    'with extra fields and nobody': { user: { 'as-user-extra': { scopes: [] } }, message: NOBODY },
    'with a name that is a number': { user: { as: 42 }, message: 'as of its user "u" is no text' },
    'with groups in one text': { user: { as: 'a', 'as-groups': 'dev' }, message: 'as-groups of its user "u" is no list of texts' },
    'with an extra field in one text': {
      user: { as: 'a', 'as-user-extra': { scopes: 'view' } },
      message: 'as-user-extra.scopes of its user "u" is no list of texts',
    },
    'with extra fields in a list': {
      user: { as: 'a', 'as-user-extra': ['view'] },
      message: 'as-user-extra of its user "u" is no map of lists of texts',
    },
  };
  it.each(Object.entries(cases))('%s', async (_sentence, { user, message }) => {
    expect(await failureOf(headersOf(user))).toEqual({
      status: 0,
      reason: 'Credentials',
      message: `the kubeconfig cannot be used: ${message}`,
    });
  });
});
