import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeGateWriter } from '../../src/adapters/kube/gates.ts';
import { keepPod } from '../../src/adapters/kube/pods.ts';
import { kubeReportStore } from '../../src/adapters/kube/policy-reports.ts';
import { connect } from '../../src/adapters/kube/transport.ts';
import { type Api, startApi } from '../cluster/api.ts';
import type { AuditEvent } from '../cluster/audit.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { gatesOf, labelsOf, podObject, policiesOf, policyPath, putDocument, SCHEDULING_GATE } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { startPortcullis } from '../support/portcullis.ts';
import { installReports, type ReportCrd, removeReports, reportOf } from '../support/report-crds.ts';
import { neededRights, permits, rightText, shippedRights } from '../support/rights.ts';

/** The rights in deploy/base are exactly those that the program uses: by the audit trail of a run in which it does all that it can. */

const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop, rules: [{ports: [80]}]}\n');
const SECRET = `/api/v1/namespaces/${OWN_NAMESPACE}/secrets/portcullis-certificates`;
const AGENT_SECRET = '/api/v1/namespaces/portcullis-agent/secrets/portcullis-agent';
const MUTATING = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/portcullis';

let api: Api;
let events: readonly AuditEvent[];

beforeAll(async () => {
  api = await startApi();
  await webhookRun();
  await api.request('DELETE', SECRET);
  await controllerRun();
  events = api.auditEvents();
}, 120_000);

afterAll(async () => {
  await api?.stop();
});

/** The gate makes the first certificates, and renews them where the leaf is missing. */
async function webhookRun(): Promise<void> {
  for (let run = 0; run < 2; run += 1) {
    const gate = await startPortcullis(api, { role: 'webhook', user: 'portcullis-webhook', template: TEMPLATE });
    await api.call({ method: 'POST', path: '/api/v1/namespaces/default/pods?dryRun=All', body: podObject('any', [80]) });
    await gate.stop();
    await loseLeaf();
  }
}

const haveAgentsCertificates = async () =>
  JSON.stringify((await api.call({ method: 'GET', path: AGENT_SECRET })).body).includes('"tls.crt":');
const loseLeaf = () => api.request('PATCH', SECRET, { data: { 'tls.crt': null, 'tls.key': null } });
const soon = (what: string, probe: () => Promise<boolean>) => until(what, probe, { deadline: 40_000 });
const isOpen = async () => (await labelsOf(api, 'shop'))['portcullis.dev/gate'] === 'open';

/** The controller makes and renews certificates too, keeps the hooks, and does all that it does in namespaces. */
async function controllerRun(): Promise<void> {
  await (await startPortcullis(api)).stop();
  await loseLeaf();
  const portcullis = await startPortcullis(api, { failClosed: true });
  await api.request('PATCH', MUTATING, [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]);
  await api.namespace('shop');
  await soon('the gate label', isOpen);
  await drift(2);
  const count = async () => (await policiesOf(api, 'shop')).length;
  const before = await count();
  await putDocument(api, 'shop', documentOf('namespaces:\n  - {name: shop, rules: [{pods: {app: api}, ports: [81]}]}\n'));
  await soon('the policy of the new selector', async () => (await count()) > before);
  await putDocument(api, 'shop', documentOf('namespaces:\n  - {name: shop}\n'));
  await soon('the end of that policy', async () => (await count()) === before);
  await waitingPod();
  await lateGate();
  for (const crd of ['openreports', 'policyreports'] as const) await report(crd);
  const caBundle = async () => JSON.stringify(await api.request('GET', MUTATING)).match(/"caBundle"/g)?.length;
  await soon('the CA in both mutating entries', async () => (await caBundle()) === 2);
  await soon('the certificates of the agents', haveAgentsCertificates);
  await portcullis.stop();
  await api.request('PATCH', AGENT_SECRET, { data: { 'tls.crt': null } });
  const again = await startPortcullis(api);
  await soon('new certificates of the agents', haveAgentsCertificates);
  await again.stop();
}

/** What happens again is counted in the Event that tells of it. The controller itself is whom the hook does not see. */
async function drift(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await api.call({ method: 'DELETE', path: policyPath('shop', 'portcullis-block'), user: 'portcullis-controller' });
    await soon('the block', async () => (await policiesOf(api, 'shop')).includes('portcullis-block'));
    await soon('the gate label', isOpen);
  }
}

/** A pod that brings our gate along has it lifted, though it need not wait. */
async function waitingPod(): Promise<void> {
  await api.request('POST', '/api/v1/namespaces/shop/pods', podObject('waiting', [80], [SCHEDULING_GATE]));
  await soon('the pod to be let go', async () => (await gatesOf(api, 'shop', 'waiting')).length === 0);
}

/** Another gate goes in the very moment in which ours is lifted: no test can time that, so the adapter is asked with what it knew before. */
async function lateGate(): Promise<void> {
  const namespace = await api.namespace();
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const known = keepPod(await api.request('POST', path, podObject('late', [], ['example.com/other', 'example.com/more'])));
  const transport = await connect({ kind: 'kubeconfig', files: [api.kubeconfig('portcullis-controller')] }, { version: 'test' });
  await kubeGateWriter(transport).liftGate({ ...known, schedulingGates: [SCHEDULING_GATE, ...known.schedulingGates] });
  transport.close();
}

/** A report is made, changed and removed, whichever kind the cluster knows. What fills it is a scan, which takes longer than this test. */
async function report(crd: ReportCrd): Promise<void> {
  await installReports(api, crd);
  const namespace = await api.namespace();
  const transport = await connect({ kind: 'kubeconfig', files: [api.kubeconfig('portcullis-controller')] }, { version: 'test' });
  const store = kubeReportStore(transport);
  await store.discover();
  const summary = { pass: 1, fail: 0, warn: 0, error: 0, skip: 0 };
  for (const pass of [1, 2]) await store.write(namespace, { namespace, summary: { ...summary, pass }, results: [] });
  expect(await reportOf(api, crd, namespace)).toMatchObject({ summary: { pass: 2 } });
  expect(await store.namespaces()).toEqual([namespace]);
  await store.write(namespace, undefined);
  expect(await reportOf(api, crd, namespace)).toBeUndefined();
  await removeReports(api, crd);
  transport.close();
}

const callsOf = (account: string) => events.filter(({ user }) => user.username === `system:serviceaccount:${OWN_NAMESPACE}:${account}`);
const texts = (rights: readonly Parameters<typeof rightText>[0][]) => [...new Set(rights.map(rightText))].sort();

describe.each(['portcullis-controller', 'portcullis-webhook'])('the account %s', (account) => {
  it('is never refused', () => {
    const refused = callsOf(account).filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(texts(refused.flatMap(neededRights))).toEqual([]);
  });

  it('calls only what deploy/base permits by name, not what the cluster permits to everybody', () => {
    const given = shippedRights(account);
    const needed = callsOf(account).flatMap(neededRights);
    expect(needed.length).toBeGreaterThan(0);
    expect(texts(needed.filter((right) => !given.some((one) => permits(one, right))))).toEqual([]);
    expect(callsOf(account).filter(({ objectRef }) => objectRef === undefined)).toEqual([]);
  });

  it('has no right in deploy/base that it does not use', () => {
    const needed = callsOf(account).flatMap(neededRights);
    expect(texts(shippedRights(account).filter((one) => !needed.some((right) => permits(one, right))))).toEqual([]);
  });
});
