import { describe, expect, it } from 'vitest';
import { kubePolicyStore } from '../../../src/adapters/kube/policy-store.ts';
import { connect } from '../../../src/adapters/kube/transport.ts';
import { blockPolicy } from '../../../src/core/pair/block.ts';
import { type Responder, type Seen, sendJson, sendStatus, startFakeApi } from '../../support/fake-api.ts';
import { failureOf } from '../../support/kube-failure.ts';

const BLOCK = blockPolicy('shop', '0123456789ab');
/** As it comes back when a server-side apply leaves in place what somebody else put into the spec. */
const WIDENED = { ...BLOCK, metadata: { ...BLOCK.metadata, resourceVersion: '7', uid: 'u' }, spec: { ...BLOCK.spec, egress: [{}] } };
const STORED = { ...BLOCK, metadata: { ...BLOCK.metadata, resourceVersion: '8', uid: 'u' } };

const isApply = ({ headers }: Seen) => headers['content-type'] === 'application/apply-patch+yaml';
const isReplacement = ({ headers }: Seen) => headers['content-type'] === 'application/json-patch+json';

async function setUp(apply: Responder, replacements: readonly Responder[]) {
  const api = await startFakeApi();
  const transport = await connect(api.access, { version: '1', random: () => 0 });
  api.otherwise(apply);
  for (const replacement of replacements) api.next(isReplacement, replacement);
  return {
    api,
    store: kubePolicyStore(transport),
    async [Symbol.asyncDispose]() {
      transport.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

const widened: Responder = (response) => sendJson(response, 200, WIDENED);
const stored: Responder = (response) => sendJson(response, 200, STORED);
const outdated: Responder = (response) =>
  sendStatus(response, 422, 'Invalid', 'the server rejected our request due to an error in our request');

describe('an apply', () => {
  it("owns both rule lists though they are empty, and says nothing that is the server's", async () => {
    await using t = await setUp(stored, []);
    await t.store.apply({ ...BLOCK, metadata: { ...STORED.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } });
    expect(t.api.seen).toMatchObject([
      {
        method: 'PATCH',
        path: '/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/portcullis-block',
        query: { fieldManager: 'portcullis', force: 'true' },
      },
    ]);
    expect(t.api.seen[0]?.body).toEqual(BLOCK);
  });

  it('that leaves something of others in the spec is followed by a replacement of exactly that version', async () => {
    await using t = await setUp(widened, [stored]);
    expect((await t.store.apply(BLOCK)).spec).toEqual(BLOCK.spec);
    expect(t.api.seen.filter(isReplacement).map(({ body }) => body)).toEqual([
      [
        { op: 'test', path: '/metadata/resourceVersion', value: '7' },
        { op: 'replace', path: '/spec', value: BLOCK.spec },
      ],
    ]);
  });

  it('begins anew where somebody wrote in between, or deleted it', async () => {
    const gone: Responder = (response) => sendStatus(response, 404, 'NotFound', 'gone');
    await using t = await setUp(widened, [outdated, gone, stored]);
    expect((await t.store.apply(BLOCK)).spec).toEqual(BLOCK.spec);
    expect([t.api.seen.filter(isApply).length, t.api.seen.filter(isReplacement).length]).toEqual([3, 3]);
  });

  it('gives up after four times, so that the queue can come back later', async () => {
    await using t = await setUp(widened, [outdated, outdated, outdated, outdated]);
    expect(await failureOf(t.store.apply(BLOCK))).toMatchObject({ status: 422 });
    expect(t.api.seen).toHaveLength(8);
  });

  it('fails where the answer is no policy', async () => {
    await using t = await setUp((response) => sendJson(response, 200, { kind: 'Status' }), []);
    expect(await failureOf(t.store.apply(BLOCK))).toEqual({
      status: 0,
      reason: 'Malformed',
      message: 'the API server stored NetworkPolicy shop/portcullis-block without a spec',
    });
  });
});

describe('a name', () => {
  it('stays in its place of the path, whatever it is', async () => {
    await using t = await setUp(stored, []);
    await t.store.remove('a/../../kube-system', '..%2f..?x=#y');
    expect(t.api.seen.map(({ path }) => path)).toEqual([
      '/apis/networking.k8s.io/v1/namespaces/a%2F..%2F..%2Fkube-system/networkpolicies/..%252f..%3Fx%3D%23y',
    ]);
  });
});
