import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import type { User } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { runOn, templateOf } from '../support/commands-on-server.ts';
import { tcpListener } from '../support/listeners.ts';
import { configMapPath, eventsOf, podObject, SOON, seriesValue, statusOf } from '../support/on-server.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';
import { installReports, reportOf } from '../support/report-crds.ts';
import { letPodRun, standAsProber } from '../support/running-pod.ts';
import { letAliceWork, openNamespace } from '../support/tenant.ts';

/** What follows from a scan on a real API server with the hooks in force: quarantine, release, a report and proof of enforcement. */

/** A pod without an inside view is swept, on a machine that others use as well. */
const SWEEPS = { timeout: 120_000, interval: 100 };
const ADDRESS = '127.0.42.1';
const LABEL = 'portcullis.dev/quarantine';

let api: Api;
let portcullis: Portcullis;
let namespace: string;
let port: number;
let close: () => Promise<void>;

beforeAll(async () => {
  api = await startApi();
  await letAliceWork(api);
  await installReports(api, 'openreports');
  ({ number: port, close } = await tcpListener(ADDRESS));
  const entry = '  - {name: shop-*, onViolation: quarantine, rules: [{pods: {app: api}, ports: [8080]}]}\n';
  portcullis = await startPortcullis(api, { engine: 'connect', template: templateOf(entry) });
  await standAsProber(api);
  namespace = await openNamespace(api, 'shop');
  const pod = podObject('api', [8080]);
  await api.request('POST', podPath(), { ...pod, metadata: { ...pod.metadata, labels: { app: 'api' } } });
  await letPodRun(api, namespace, 'api', ADDRESS);
  await until('the label', async () => (await label()) === 'true', { deadline: SWEEPS.timeout });
}, 240_000);

afterAll(async () => {
  await portcullis?.stop();
  await close?.();
  await api?.stop();
});

const podPath = (name?: string) => `/api/v1/namespaces/${namespace}/pods${name === undefined ? '' : `/${name}`}`;
const label = async () => (await api.request('GET', podPath('api'))).metadata?.labels?.[LABEL];
const events = async (reason: string) => (await eventsOf(api, namespace)).filter((event) => event.includes(` ${reason}: `));
const put = (value: string | null, user?: User) =>
  api.call({
    method: 'PATCH',
    path: podPath('api'),
    body: { metadata: { labels: { [LABEL]: value } } },
    ...(user === undefined ? {} : { user }),
  });

describe('a pod with a port that nobody authorized', { timeout: 240_000 }, () => {
  it('is labelled, told of by an Event that claims nothing yet, and counted', async () => {
    await expect.poll(() => events('QuarantineBegun'), SOON).toEqual([expect.stringContaining(`${port}/TCP`)]);
    const pods = async () => {
      const text = await portcullis.metrics();
      return ['pending', 'open'].reduce((sum, state) => sum + seriesValue(text, `portcullis_pods_quarantined{state="${state}"}`), 0);
    };
    await expect.poll(pods, SOON).toBe(1);
    await expect.poll(async () => (await statusOf(api))?.quarantined, SOON).toContain(`${namespace}/api: `);
    expect(await events('PodQuarantined')).toEqual([]);
  });

  it('loses the label to no tenant, and no tenant sets it, on a pod or in a template of pods', async () => {
    const refused = { status: 403, message: expect.stringContaining(`only Portcullis sets or removes the label ${LABEL}`) };
    const said = ({ status, body }: Awaited<ReturnType<typeof put>>) => ({ status, message: body.message });
    expect(said(await put(null, 'alice'))).toEqual(refused);
    expect(said(await put('false', 'alice'))).toEqual(refused);
    const labelled = { ...podObject('other', [8080]), metadata: { name: 'other', labels: { app: 'api', [LABEL]: 'true' } } };
    expect(said(await api.call({ method: 'POST', path: podPath(), body: labelled, user: 'alice' }))).toEqual(refused);
    const { metadata, spec } = labelled;
    const deployment = { metadata: { name: 'other' }, spec: { selector: { matchLabels: { app: 'api' } }, template: { metadata, spec } } };
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    expect(said(await api.call({ method: 'POST', path, body: deployment, user: 'alice' }))).toEqual(refused);
  });

  it('stands in the one report of its namespace', async () => {
    await expect
      .poll(() => reportOf(api, 'openreports', namespace), SOON)
      .toMatchObject({
        kind: 'Report',
        source: 'portcullis',
        scope: { kind: 'Namespace', name: namespace },
        summary: { pass: 0 },
      });
    const { results, summary } = (await reportOf(api, 'openreports', namespace)) as unknown as {
      results: { message: string; result: string }[];
      summary: { fail: number };
    };
    expect(results.find(({ message }) => message.startsWith(`${port}/TCP: `))).toMatchObject({
      result: 'fail',
      rule: 'exposed',
      severity: 'high',
      resources: [{ kind: 'Pod', name: 'api' }],
    });
    expect(summary.fail).toBe(results.filter(({ result }) => result === 'fail').length);
  });

  it('shows that nobody enforces policies here', async () => {
    await expect
      .poll(async () => (await statusOf(api))?.namespaces, SWEEPS)
      .toMatch(new RegExp(`^${namespace}: not enforced: \\d+/TCP of pod api answers at ${ADDRESS}`, 'm'));
    await expect
      .poll(async () => (await eventsOf(api, namespace)).join('\n'), SOON)
      .toContain(`Namespace ${namespace} PolicyNotEnforced: `);
    expect(seriesValue(await portcullis.metrics(), 'portcullis_enforcement{scope="namespace",state="not enforced"}')).toBe(1);
  });

  it('is released by one command that leaves a trail, and not shut off again for the same port', async () => {
    const release = await runOn(api, ['release', `${namespace}/api`, '--reason', 'a debugger']);
    expect(release).toEqual({
      code: 0,
      out: expect.stringContaining(`pod/api -n ${namespace} released from quarantine (may stay open: `),
      err: '',
    });
    expect(await label()).toBeUndefined();
    const { uid } = (await api.request('GET', podPath('api'))).metadata ?? {};
    const record = async () =>
      JSON.parse(String(((await api.request('GET', configMapPath('portcullis-releases'))).data as Record<string, string>)[String(uid)]));
    await expect.poll(record, SOON).toMatchObject({
      ...{ namespace, pod: 'api', uid, reason: 'a debugger', requestedBy: 'admin', liftedAt: expect.any(String) },
      ports: expect.arrayContaining([`${port}/TCP`]),
    });
    await expect
      .poll(() => events('QuarantineLifted'), SOON)
      .toEqual([expect.stringContaining('released from quarantine by admin: a debugger')]);
    await expect.poll(async () => (await statusOf(api))?.quarantined, SOON).toBe('');
    expect(await runOn(api, ['release', 'pod/api', '-n', namespace, '--reason', 'again'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not in quarantine'),
    });
    expect(await runOn(api, ['release', `${namespace}/none`, '--reason', 'x'])).toMatchObject({
      code: 2,
      err: `portcullis: there is no pod none in namespace ${namespace}\n`,
    });
  });

  it('leaves no report behind', async () => {
    await api.request('DELETE', `${podPath('api')}?gracePeriodSeconds=0`);
    await expect.poll(() => reportOf(api, 'openreports', namespace), SOON).toBeUndefined();
  });
});
