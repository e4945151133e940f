import { afterAll, beforeAll, expect, it } from 'vitest';
import { runOn } from '../support/commands-on-server.ts';
import { installed, succeed } from '../support/install.ts';
import { eventsOfPod } from '../support/node-scan.ts';
import { configMapPath, policyPath, putDocument } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { startPod, untilAnswers } from '../support/pods.ts';
import { freshName, gateLabel } from '../support/tenant.ts';
import { sharedNode } from './shared.ts';

/** A pod with a port that nobody authorized and that a policy of somebody else opens: shut off, kept so, and released. */

const node = sharedNode();
const { api } = node;

const LABEL = 'portcullis.dev/quarantine';
const DEADLINE = { timeout: 120_000, interval: 250 };
const document = freshName('quarantine');

beforeAll(() => installed(node), 900_000);
afterAll(async () => void (await api.call({ method: 'DELETE', path: configMapPath(document) })));

/** A namespace whose violators are shut off, and in which a team may edit what it likes. */
async function strictNamespace(): Promise<string> {
  const name = freshName('strict');
  const entry = `{name: ${name}, onViolation: quarantine, rules: [{name: api, pods: {app: api}, ports: [8080]}]}`;
  await putDocument(api, document, documentOf(`mode: enforce\nunlisted: audit\nnamespaces: [${entry}]\n`));
  await api.namespace(name);
  await expect.poll(() => gateLabel(api, name), DEADLINE).toBe('open');
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
  const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}/rolebindings`;
  await api.request('POST', bindings, { metadata: { name: 'team' }, roleRef, subjects });
  return name;
}

it('shuts off a pod once no policy opens it, against its tenant, until somebody releases it', { timeout: 500_000 }, async () => {
  const namespace = await strictNamespace();
  // 9999 listens at once: in its first moments a pod may be open still (window.test.ts), and is not shut off for that.
  const [pod, client] = await Promise.all([
    startPod(api, { namespace, name: 'api', labels: { app: 'api' }, listens: ['tcp:8080', 'tcp:9999'] }),
    startPod(api, { namespace: await api.namespace(), name: 'client' }),
  ]);
  const answers = (api8080: 'open' | 'closed', other9999: 'open' | 'closed') =>
    untilAnswers(api, client, { [`tcp ${pod.address} 8080`]: api8080, [`tcp ${pod.address} 9999`]: other9999 });
  const told = async (reason: string) => (await eventsOfPod(api, pod, new RegExp(`^${reason}$`))).map(({ note }) => note);
  const label = async () => (await api.request('GET', `/api/v1/namespaces/${namespace}/pods/api`)).metadata?.labels?.[LABEL];
  await answers('open', 'closed');
  expect(await label()).toBeUndefined();

  await api.request('POST', policyPath(namespace), {
    metadata: { name: 'debug' },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 9999, protocol: 'TCP' }] }] },
  });
  await expect.poll(label, DEADLINE).toBe('true');
  await answers('closed', 'open');
  await expect
    .poll(() => told('QuarantineIncomplete'), DEADLINE)
    .toEqual([`not shut, though labelled for quarantine: 9999/TCP at ${pod.address}, opened by NetworkPolicy debug`]);
  expect(await told('PodQuarantined')).toEqual([]);

  await succeed(api, ['delete', 'networkpolicy', 'debug', '-n', namespace]);
  await answers('closed', 'closed');
  await expect.poll(() => told('PodQuarantined'), DEADLINE).toEqual([expect.stringContaining(`shut at ${pod.address}. Connections`)]);

  const off = await api.kubectl(['label', 'pod', 'api', '-n', namespace, `${LABEL}-`], { user: 'alice' });
  expect([off.code, off.stderr]).toEqual([1, expect.stringContaining(`only Portcullis sets or removes the label ${LABEL}`)]);
  expect(await label()).toBe('true');

  const released = await runOn(api, ['release', `${namespace}/api`, '--reason', 'the debugger is gone', '--timeout', '60']);
  expect(released).toEqual({
    code: 0,
    out: `pod/api -n ${namespace} released from quarantine (may stay open: 9999/TCP; another port quarantines it again)\n`,
    err: '',
  });
  await answers('open', 'closed');
  expect(await label()).toBeUndefined();
  await expect
    .poll(() => told('QuarantineLifted'), DEADLINE)
    .toEqual(['released from quarantine by admin: the debugger is gone (another port than 9999/TCP quarantines it again)']);
  const record = async () => JSON.stringify((await api.request('GET', configMapPath('portcullis-releases'))).data);
  await expect.poll(record, DEADLINE).toContain('the debugger is gone');
});
