import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { type Figure, recordFigures } from '../reliability/record.ts';
import { configMapPath, policyPath, SOON, statusOf } from '../support/on-server.ts';
import { behindProxy, makeShops, pairsInPlace, TEMPLATE } from '../support/outage.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';

/** One thing at a time is away, for longer than a restart takes; what happened meanwhile is made good soon after it is back. */

/** For so long everything that tries again by pauses that grow has come to its longest pause. */
const AWAY_MS = 20_000;

let api: Api;
let proxy: TcpProxy;
let portcullis: Portcullis;
const figures: Figure[] = [];

beforeAll(async () => {
  const proxied = await behindProxy(await startApi());
  api = proxied.api;
  proxy = proxied.proxy;
  portcullis = await startPortcullis(api, { template: TEMPLATE });
  await pairsInPlace(api, await makeShops(api, 'first'));
});

afterAll(async () => {
  if (figures.length === 6) await recordFigures({ name: 'outages', command: 'npm run test:control-plane', figures });
  await portcullis?.stop();
  await proxy?.stop();
  await api?.stop();
});

const note = (what: string, ms: number) => void figures.push({ what, value: `${(ms / 1000).toFixed(1)} s` });

it('an API server that shall stop does so though it is watched', async () => {
  const start = performance.now();
  await api.stopServer('SIGTERM');
  const ms = performance.now() - start;
  await api.startServer();
  expect(ms).toBeLessThan(40_000); // 60 s where a watch stays open for longer than that
  note('an API server that gets SIGTERM has ended', ms);
  await pairsInPlace(api, await makeShops(api, 'stopped'));
}, 120_000);

it('the API server is away', async () => {
  await api.stopServer();
  await pause(AWAY_MS);
  await api.startServer();
  note(`policies right after the API server was away for ${AWAY_MS / 1000} s`, await pairsInPlace(api, await makeShops(api, 'server')));
}, 120_000);

it('etcd is away: watches are silent, and writes that their callers gave up are stored later', async () => {
  const names = ['shop-etcd-0', 'shop-etcd-1', 'shop-etcd-2'];
  const lost = policyPath('shop-first-0', 'portcullis-block');
  await api.killEtcd();
  const givenUp = names.map((name) =>
    api.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } }, timeout: 3_000 }),
  );
  const deleted = api.call({ method: 'DELETE', path: lost, user: 'portcullis-controller', timeout: 3_000 });
  const outcomes = await Promise.allSettled([...givenUp, deleted]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([]);
  await pause(AWAY_MS / 2);
  await api.startEtcd();
  const start = performance.now();
  for (const name of names) await api.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } }); // 201 or AlreadyExists
  await pairsInPlace(api, [...names, 'shop-first-0']);
  note('policies right after etcd was away', performance.now() - start);
}, 120_000);

it('connections are silent, and those that were open stay dead', async () => {
  proxy.silence();
  const names = await makeShops(api, 'silence');
  await api.call({ method: 'DELETE', path: policyPath('shop-first-1', 'portcullis-block'), user: 'portcullis-controller' });
  await pause(AWAY_MS / 2);
  proxy.heal();
  note('policies right after connections were silent', await pairsInPlace(api, [...names, 'shop-first-1']));
}, 120_000);

it('the API server refuses every call of ours for a while (429), watches that end included', async () => {
  await refuseOurs(api);
  proxy.cut();
  proxy.heal();
  const names = await makeShops(api, 'storm');
  await pause(AWAY_MS / 2);
  await acceptOurs(api);
  note('policies right after a storm of 429', await pairsInPlace(api, names));
}, 120_000);

it('what the controller writes down is back at once when somebody deletes it', async () => {
  await expect.poll(() => statusOf(api), SOON).toBeDefined();
  const records = ['portcullis-status', 'portcullis-template-accepted'];
  const before = await Promise.all(records.map(async (name) => (await api.request('GET', configMapPath(name))).data));
  const start = performance.now();
  await Promise.all(records.map((name) => api.request('DELETE', configMapPath(name))));
  const now = () => Promise.all(records.map(async (name) => (await api.call({ method: 'GET', path: configMapPath(name) })).body.data));
  await expect.poll(now, SOON).toEqual(before);
  note('the status and the accepted template are back after they were deleted', performance.now() - start);
});

const SCHEMAS = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
const LEVELS = '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations';

/** Gives the controller's account a priority level without a seat, in which every call is rejected (API priority and fairness). */
async function refuseOurs({ request, call }: Api): Promise<void> {
  const limited = { nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } };
  await request('POST', LEVELS, { metadata: { name: 'storm' }, spec: { type: 'Limited', limited } });
  const subject = { kind: 'ServiceAccount', serviceAccount: { namespace: OWN_NAMESPACE, name: 'portcullis-controller' } };
  const everything = {
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  };
  const rules = [{ subjects: [subject], ...everything }];
  const spec = { matchingPrecedence: 2, priorityLevelConfiguration: { name: 'storm' }, rules };
  await request('POST', SCHEMAS, { metadata: { name: 'storm' }, spec });
  await until('calls to be refused', async () => (await ourCall({ call })) === 429, { deadline: 30_000 });
}

async function acceptOurs({ request, call }: Api): Promise<void> {
  await request('DELETE', `${SCHEMAS}/storm`);
  await until('calls to be served', async () => (await ourCall({ call })) === 200, { deadline: 30_000 });
}

async function ourCall({ call }: Pick<Api, 'call'>): Promise<number> {
  return (await call({ method: 'GET', path: '/api/v1/namespaces?limit=1', user: 'portcullis-controller' })).status;
}
