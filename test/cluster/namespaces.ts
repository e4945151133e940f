import { randomBytes } from 'node:crypto';
import { ApiError, type Call, type Client } from './client.ts';

/**
 * Makes a namespace with its `default` ServiceAccount and answers its name (one that nobody has, unless given). The account is made
 * by hand, since no controller manager runs: the ServiceAccount admission plugin refuses pods without it.
 */
export async function makeNamespace(client: Client, name = newName(), labels: Readonly<Record<string, string>> = {}): Promise<string> {
  await expectSuccess(client, { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name, labels } } });
  await makeDefaultAccount(client, name);
  return name;
}

/** Makes the `default` ServiceAccount of a namespace; quiet success when it is there. Answers false when the namespace is not there yet. */
export async function makeDefaultAccount(client: Client, namespace: string): Promise<boolean> {
  const call: Call = {
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    body: { metadata: { name: 'default' } },
  };
  const answer = await client.call(call);
  if (answer.status === 404) return false;
  if (answer.status >= 400 && answer.status !== 409) throw new ApiError(call, answer);
  return true;
}

/**
 * Deletes a namespace for good, as the namespace controller does at the end: without a controller manager it would stay Terminating.
 * Its objects are not deleted: never use the name again.
 */
export async function finalizeNamespace(client: Client, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  await expectSuccess(client, { method: 'DELETE', path });
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
  await expectSuccess(client, { method: 'PUT', path: `${path}/finalize`, body });
}

async function expectSuccess(client: Client, call: Call): Promise<void> {
  const answer = await client.call(call);
  if (answer.status >= 400) throw new ApiError(call, answer);
}

const newName = () => `t-${randomBytes(4).toString('hex')}`;
