import type { ApiServer } from '../cluster/api-server.ts';
import { podReady } from './pods.ts';

export interface StandIn {
  readonly namespace: string;
  /** `controller`, `agent`: the label by which the command line finds it. */
  readonly component: string;
  readonly spec?: object;
}

/** A pod of the image that the Dockerfile makes, in the place of one of Portcullis: only its program is needed. */
export async function standIn(api: ApiServer, { namespace, component, spec = {} }: StandIn): Promise<void> {
  await api.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const command = ['node', '-e', 'setInterval(() => {}, 1e6)'];
  const container = { name: component, image: 'localhost/portcullis:test', imagePullPolicy: 'Never', command };
  const labels = { 'app.kubernetes.io/component': component };
  await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name: component, labels },
    spec: { containers: [container], terminationGracePeriodSeconds: 0, ...spec },
  });
  await podReady(api, namespace, component);
}
