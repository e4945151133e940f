import { randomBytes } from 'node:crypto';
import type { ApiServer } from '../cluster/api-server.ts';
import type { Call } from '../cluster/client.ts';
import { until } from '../cluster/wait.ts';

/** What a tenant may do in every namespace of a test: what a team with the role `edit` may, and what a careless role may give it. */
const RULES = [
  {
    apiGroups: [''],
    resources: ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers', 'namespaces', 'serviceaccounts'],
    verbs: ['*'],
  },
  {
    apiGroups: [''],
    resources: [...['status', 'resize', 'eviction'].map((name) => `pods/${name}`), 'namespaces/status', 'namespaces/finalize'],
    verbs: ['*'],
  },
  { apiGroups: ['apps', 'batch'], resources: ['*'], verbs: ['*'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['*'] },
];

/** Gives alice the rights of a tenant, and waits until they hold. */
export async function letAliceWork(api: ApiServer): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tenant' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
  await api.request('POST', `${rbac}/clusterroles`, { metadata: { name: 'tenant' }, rules: RULES });
  await api.request('POST', `${rbac}/clusterrolebindings`, { metadata: { name: 'tenant' }, roleRef, subjects });
  const lists = async () => (await api.call({ method: 'GET', path: '/api/v1/pods', user: 'alice' })).status === 200;
  await until('RBAC to let alice work', lists, { deadline: 30_000 });
}

/** A name with this prefix that nobody has: entries of the template mean it by `prefix-*`. */
export const freshName = (prefix: string) => `${prefix}-${randomBytes(4).toString('hex')}`;

/** A namespace whose pair of policies was observed: pods in it start at once. */
export async function openNamespace(api: ApiServer, prefix: string): Promise<string> {
  const name = await api.namespace(freshName(prefix));
  await until(`the policies of ${name}`, async () => (await gateLabel(api, name)) === 'open', { deadline: 30_000 });
  return name;
}

/** The label by which the controller says that there is nothing to wait for. */
export async function gateLabel(api: ApiServer, namespace: string): Promise<string | undefined> {
  return (await api.request('GET', `/api/v1/namespaces/${namespace}`)).metadata?.labels?.['portcullis.dev/gate'];
}

/**
 * A call that no webhook sees, as if Portcullis were not installed yet: the garbage collector is none of its business. It has the rights
 * of an administrator here.
 */
export const unseen = (call: Call): Call => ({
  ...call,
  headers: { 'impersonate-user': 'system:serviceaccount:kube-system:generic-garbage-collector', 'impersonate-group': 'system:masters' },
});
