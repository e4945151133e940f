import { openIdentity } from '../../src/adapters/kube/access.ts';
import { type PodExec, podExec } from '../../src/adapters/kube/exec.ts';
import type { ApiServer } from '../cluster/api-server.ts';

/** What the model needs of a cluster: its API as an administrator, and commands in pods. */
export interface ModelCluster {
  readonly api: Pick<ApiServer, 'call' | 'request' | 'kubectl'>;
  readonly exec: PodExec;
}

/** The cluster of this API server. */
export async function modelCluster(api: ApiServer): Promise<ModelCluster> {
  const identity = await openIdentity({ kind: 'kubeconfig', files: [api.kubeconfig()] });
  return { api, exec: podExec(identity, { version: 'test' }) };
}

/** Makes an object or changes it to this, all of it ours (server-side apply). */
export async function applyObject({ api }: ModelCluster, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const { status, text } = await api.call({ method: 'PATCH', path: `${path}?fieldManager=model&force=true`, body, headers });
  if (status >= 400) throw new Error(`cannot apply ${path}: ${text}`);
}
