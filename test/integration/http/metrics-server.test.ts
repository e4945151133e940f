import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMetricsServer } from '../../../src/adapters/http/metrics-server.ts';
import { createMetrics } from '../../../src/adapters/metrics/metrics.ts';
import { rememberingLog, settableClock } from '../../support/silence.ts';

let server: Awaited<ReturnType<typeof startMetricsServer>>;
let missing: readonly string[] = [];
let stuck: readonly string[] = [];
const log = rememberingLog();
const metrics = createMetrics(settableClock('2026-01-01T00:00:00Z'));
let read = metrics.read;

beforeAll(async () => {
  server = await startMetricsServer(
    { metrics: () => read(), missing: () => missing, stuck: () => stuck, log },
    { host: '127.0.0.1', port: 0 },
  );
});
afterAll(() => server.stop());

const get = async (path: string, init?: RequestInit) => {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

describe('the metrics server', () => {
  it('shows the metrics in the format of Prometheus', async () => {
    metrics.record({ event: 'pods gated', count: 7 });
    const { status, type, text } = await get('/metrics');
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toContain('portcullis_pods_gated 7\n');
  });

  it('says whether only a restart helps', async () => {
    expect(await get('/livez')).toMatchObject({ status: 200, text: 'ok\n' });
    stuck = ['the watch of pods has heard nothing for 6 minutes'];
    expect(await get('/livez')).toMatchObject({ status: 503, text: 'not alive: the watch of pods has heard nothing for 6 minutes\n' });
    expect(await get('/readyz')).toMatchObject({ status: 200 });
    stuck = [];
  });

  it('says whether it is well, and ready', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
    expect(await get('/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
    missing = ['no template was ever accepted'];
    expect(await get('/readyz')).toMatchObject({ status: 503, text: 'not ready: no template was ever accepted\n' });
    missing = [];
  });

  it('has no other path and no other method', async () => {
    expect((await get('/validate', { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await get('/metrics', { method: 'DELETE' })).status).toBe(405);
  });

  it('answers 500 without details where the metrics cannot be read', async () => {
    read = () => Promise.reject(new Error('secret detail'));
    const { status, text } = await get('/metrics');
    read = metrics.read;
    expect([status, JSON.parse(text)]).toMatchObject([500, { kind: 'Status', reason: 'InternalError', message: 'the gate failed' }]);
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: 'a request failed' });
  });
});
