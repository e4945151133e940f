import { describe, expect, it } from 'vitest';
import { kubeAnnouncer } from '../../../src/adapters/kube/events.ts';
import { keepPod } from '../../../src/adapters/kube/pods.ts';
import { connect } from '../../../src/adapters/kube/transport.ts';
import { sendJson, sendStatus, startFakeApi } from '../../support/fake-api.ts';

/** Of a machine that may be busy. */
const SOON = { timeout: 10_000 };

const POD = keepPod({ metadata: { namespace: 'shop', name: 'api-1', uid: 'u' } });

async function setUp(countEveryMs = 5) {
  const api = await startFakeApi();
  api.otherwise((response) => sendJson(response, 201, {}));
  const transport = await connect(api.access, { version: '1', random: () => 0 });
  const failures: unknown[] = [];
  let now = Date.parse('2026-01-02T03:04:05.678Z');
  const announcer = kubeAnnouncer(transport, {
    instance: 'portcullis-0',
    ownNamespace: 'portcullis-system',
    clock: { now: () => new Date(now) },
    failed: (error) => failures.push(error),
    countEveryMs,
  });
  const sent = (method: string) => api.seen.filter((seen) => seen.method === method);
  return {
    api,
    announcer,
    failures,
    made: () => sent('POST').map(({ body }) => body),
    counts: () => sent('PATCH').map(({ body }) => body),
    pass: (ms: number) => {
      now += ms;
    },
    async [Symbol.asyncDispose]() {
      transport.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

describe('an Event', () => {
  it('is about the pod, with its uid, in its namespace', async () => {
    await using t = await setUp();
    t.announcer.pod(POD, 'PolicyConflict', 'the name is taken');
    await expect.poll(t.made, SOON).toEqual([
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: 'shop', name: expect.stringMatching(/^portcullis\.[0-9a-f]{16}$/) },
        eventTime: '2026-01-02T03:04:05.678000Z',
        reportingController: 'portcullis.dev/portcullis',
        reportingInstance: 'portcullis-0',
        action: 'Enforcing',
        reason: 'PolicyConflict',
        regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'api-1', uid: 'u' },
        note: 'the name is taken',
        type: 'Warning',
      },
    ]);
  });

  it.each(['QuarantineLifted', 'PolicyEnforced'])('%s is good news, and no warning', async (reason) => {
    await using t = await setUp();
    t.announcer.pod(POD, reason, 'all is well');
    await expect.poll(t.made, SOON).toMatchObject([{ reason, type: 'Normal' }]);
  });

  it('has a note of at most 1024 bytes, cut between characters', async () => {
    await using t = await setUp();
    t.announcer.namespace('shop', 'A', `x${'ä'.repeat(600)}`);
    await expect.poll(t.made, SOON).toMatchObject([{ note: `x${'ä'.repeat(510)}...` }]);
  });

  it('that happens again within ten minutes is counted, at most once in a while', async () => {
    await using t = await setUp(60_000);
    for (let i = 0; i < 10; i += 1) t.announcer.pod(POD, 'A', 'same');
    await expect.poll(t.counts, SOON).toMatchObject([{ series: { count: 10 } }]);
    t.pass(599_999);
    t.announcer.pod(POD, 'A', 'same');
    t.announcer.pod(POD, 'A', 'other');
    await expect.poll(() => t.made().length, SOON).toBe(2);
    t.pass(1);
    t.announcer.pod(POD, 'A', 'same');
    await expect.poll(() => t.made().length, SOON).toBe(3);
    expect(t.counts()).toHaveLength(1);
  });

  it('counts to the end: what came in between is in the next count', async () => {
    await using t = await setUp(20);
    t.announcer.pod(POD, 'A', 'same');
    t.announcer.pod(POD, 'A', 'same');
    await expect.poll(() => t.counts().length, SOON).toBe(1);
    for (let i = 0; i < 7; i += 1) t.announcer.pod(POD, 'A', 'same');
    await expect.poll(t.counts, SOON).toMatchObject([{ series: { count: 2 } }, { series: { count: 9 } }]);
  });

  it('is dropped where 25 different ones were told of the same object', async () => {
    await using t = await setUp();
    for (let i = 0; i < 100; i += 1) t.announcer.pod(POD, 'A', `message ${i}`);
    t.announcer.namespace('shop', 'A', 'another object');
    await expect.poll(() => t.made().at(-1), SOON).toMatchObject({ note: 'another object' });
    expect(t.made()).toHaveLength(26);
  });

  it('that cannot be written is told, once, and not counted', async () => {
    await using t = await setUp();
    t.api.otherwise((response) => sendStatus(response, 403, 'Forbidden', 'shop is being terminated'));
    t.announcer.pod(POD, 'A', 'same');
    t.announcer.pod(POD, 'A', 'same');
    await expect.poll(() => t.failures, SOON).toMatchObject([{ status: 403 }]);
    expect(t.counts()).toEqual([]);
  });
});
