import { hostname } from 'node:os';
import type { Api } from '../cluster/api.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';

/** Pods on an API server without kubelets: a test says what their kubelet would say. */

/** Lets a pod run at an address of this machine. */
export function letPodRun(api: Api, namespace: string, pod: string, address: string): Promise<unknown> {
  const running = {
    ...{ name: 'main', image: 'main', imageID: 'main', ready: true, restartCount: 0, containerID: 'test://1' },
    state: { running: { startedAt: new Date().toISOString() } },
  };
  const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }], containerStatuses: [running] };
  return api.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${pod}/status`, { status });
}

/** The pod that this process runs in, as it would be in a cluster: what a program outside of a pod sees proves nothing. */
export async function standAsProber(api: Api): Promise<void> {
  const path = `/api/v1/namespaces/${OWN_NAMESPACE}`;
  await api.call({ method: 'POST', path: `${path}/serviceaccounts`, body: { metadata: { name: 'default' } } });
  const spec = {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'main', image: 'main', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
  };
  await api.request('POST', `${path}/pods`, {
    metadata: { name: hostname(), labels: { 'app.kubernetes.io/component': 'controller' } },
    spec,
  });
  await letPodRun(api, OWN_NAMESPACE, hostname(), '127.0.42.250');
}
