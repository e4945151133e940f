import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { policiesOf, policyPath } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** Two controllers at one API server: one leads and writes, the other takes over. */

const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop-*}\n');
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OWN_NAMESPACE}/leases/portcullis-controller`;

let api: Api;
const replicas: Portcullis[] = [];
const controller = async (template?: string) => {
  const one = await startPortcullis(api, { role: 'controller', ...(template === undefined ? {} : { template }) });
  replicas.push(one);
  return one;
};

beforeAll(async () => {
  api = await startApi();
}, 60_000);

afterAll(async () => {
  for (const one of replicas) await one.stop();
  await api?.stop();
});

const leads = ({ log }: Portcullis) => log.filter(({ message }) => message === 'leading').length;
const writes = ({ log }: Portcullis) => log.filter(({ message }) => message === 'policy written').length;
const holder = async () => String(((await api.request('GET', LEASE)).spec as { holderIdentity?: string }).holderIdentity);
const soon = (what: string, probe: () => Promise<boolean>) => until(what, probe, { deadline: 40_000 });

/** The watches of whose age /metrics tells. */
const watches = async (one: Portcullis) =>
  [...(await one.metrics()).matchAll(/^portcullis_last_event_age_seconds\{resource="(.*)"\}/gm)].map(([, resource]) => resource).sort();
const EVERYBODY = ['configmaps', 'endpointslices', 'namespaces', 'networkpolicies', 'pods'];
const LEADER = [
  ...EVERYBODY,
  'configmaps/portcullis-releases',
  'configmaps/portcullis-status',
  'configmaps/portcullis-template-accepted',
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
].sort();

it('one of two leads and closes namespaces; when it stops, the other does at once', async () => {
  const first = await controller(TEMPLATE);
  const second = await controller();
  expect([leads(first), leads(second)]).toEqual([1, 0]);
  expect([await watches(first), await watches(second)]).toEqual([LEADER, EVERYBODY]);

  await api.namespace('shop-1');
  await soon('the pair of shop-1', async () => (await policiesOf(api, 'shop-1')).length === 2);
  expect([writes(first), writes(second)]).toEqual([2, 0]);

  const before = await holder();
  await first.stop();
  await soon('the second to lead', async () => leads(second) === 1);
  expect(await holder()).not.toBe(before);
  await api.namespace('shop-2');
  await soon('the pair of shop-2', async () => (await policiesOf(api, 'shop-2')).length === 2);
  await api.request('DELETE', policyPath('shop-1', 'portcullis-block'));
  await soon('the block of shop-1', async () => (await policiesOf(api, 'shop-1')).includes('portcullis-block'));
  expect(writes(first)).toBe(2);
});

it('a leader whose lease somebody takes away stops to lead, and leads again when it is free', async () => {
  const leader = replicas[1];
  if (leader === undefined) throw new Error('nobody leads');
  await api.request('PATCH', LEASE, { spec: { holderIdentity: 'somebody', leaseDurationSeconds: 3600 } });
  await soon('the leader to notice', async () => leader.log.some(({ message }) => message.startsWith('no longer leading')));
  // A watch that was stopped must not look deaf.
  await soon('the watches of a leader to be forgotten', async () => (await watches(leader)).join() === EVERYBODY.join());
  await api.namespace('shop-3');
  await api.request('PATCH', LEASE, { spec: { holderIdentity: '', leaseDurationSeconds: 1 } });
  await soon('it to lead again', async () => leads(leader) === 2);
  await soon('it to watch again', async () => (await watches(leader)).join() === LEADER.join());
  await soon('the pair of shop-3', async () => (await policiesOf(api, 'shop-3')).length === 2);
});
