import { describe, expect, it } from 'vitest';
import { transportOfTerm } from '../../../src/adapters/kube/term-transport.ts';
import { connect } from '../../../src/adapters/kube/transport.ts';
import { startFakeApi } from '../../support/fake-api.ts';

const PATH = '/api/v1/namespaces/shop/pods/api';
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** A term of which so much is left. */
function termOf(ms: number) {
  const controller = new AbortController();
  return { signal: controller.signal, remainingMs: () => (controller.signal.aborted ? 0 : ms), end: () => controller.abort() };
}

describe('the calls of a leader', () => {
  it.each(WRITES)('are not begun when the term has ended: %s', async (method) => {
    await using api = await startFakeApi();
    const transport = transportOfTerm(await connect(api.access, { version: 'test' }), termOf(0));
    await expect(transport.request({ method, path: PATH })).rejects.toThrow(`${method} ${PATH}: not leading any more`);
    expect(api.seen).toEqual([]);
    transport.close();
  });

  it('that only read are made in any case', async () => {
    await using api = await startFakeApi();
    const transport = transportOfTerm(await connect(api.access, { version: 'test' }), termOf(0));
    await expect(transport.request({ method: 'GET', path: PATH })).rejects.toMatchObject({ status: 404 });
    transport.close();
  });

  it('never outlive the term: one that waits for its answer ends with it, and is not sent again', async () => {
    await using api = await startFakeApi();
    const term = termOf(60_000);
    const transport = transportOfTerm(await connect(api.access, { version: 'test' }), term);
    api.otherwise(() => term.end()); // no answer ever
    await expect(transport.request({ method: 'PATCH', path: PATH, body: {} })).rejects.toMatchObject({ reason: 'Aborted' });
    expect(api.seen.length).toBe(1);
    transport.close();
  });

  it('have no more time than the term has left', async () => {
    await using api = await startFakeApi();
    const transport = transportOfTerm(await connect(api.access, { version: 'test' }), termOf(50));
    api.otherwise(() => {});
    await expect(transport.request({ method: 'PATCH', path: PATH, body: {}, attempts: 1 })).rejects.toThrow('no answer within 50 ms');
    transport.close();
  });
});
