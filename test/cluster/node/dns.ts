import type { ApiServer } from '../api-server.ts';
import { ADDRESSES } from './place.ts';

/** The port on which CoreDNS listens in its pod: a high one, so that it needs no privilege. Policies see it, not the Service's 53. */
const POD_PORT = 5353;
const LABELS = { 'k8s-app': 'kube-dns' };
const NAMESPACE = 'kube-system';
const NAME = 'coredns';

/** Without a cache and without a forward: a new name is there at once, and a foreign one fails. */
const COREFILE = `.:${POD_PORT} {
  errors
  ready :8181
  kubernetes cluster.local in-addr.arpa ip6.arpa
}
`;

/** Runs CoreDNS in the cluster, in a pod whose image holds nothing that matters: the program comes from the machine. */
export async function installDns(api: ApiServer, program: string): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await api.request('POST', `${rbac}/clusterroles`, clusterRole);
  await api.request('POST', `${rbac}/clusterrolebindings`, clusterRoleBinding);
  await api.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: NAME } });
  await api.request('POST', `/api/v1/namespaces/${NAMESPACE}/configmaps`, { metadata: { name: NAME }, data: { Corefile: COREFILE } });
  await api.request('POST', `/api/v1/namespaces/${NAMESPACE}/services`, service);
  await api.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, pod(program));
}

/** Whether it answers for the names of the cluster. */
export async function dnsReady(api: ApiServer): Promise<boolean> {
  const { status } = await api.request('GET', `/api/v1/namespaces/${NAMESPACE}/pods/${NAME}`);
  const { conditions = [] } = status as { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

const clusterRole = {
  metadata: { name: NAME },
  rules: [
    { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  ],
};

const clusterRoleBinding = {
  metadata: { name: NAME },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
  subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
};

const service = {
  metadata: { name: 'kube-dns', labels: LABELS },
  spec: {
    selector: LABELS,
    clusterIP: ADDRESSES.dns,
    ports: [
      { name: 'dns', port: 53, targetPort: POD_PORT, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, targetPort: POD_PORT, protocol: 'TCP' },
    ],
  },
};

const pod = (program: string) => ({
  metadata: { name: NAME, labels: LABELS },
  spec: {
    serviceAccountName: NAME,
    dnsPolicy: 'Default',
    containers: [
      {
        name: NAME,
        image: 'localhost/pause:3.9',
        imagePullPolicy: 'Never',
        command: ['/coredns', '-conf', '/config/Corefile'],
        ports: [
          { containerPort: POD_PORT, protocol: 'UDP' },
          { containerPort: POD_PORT, protocol: 'TCP' },
        ],
        readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
        securityContext: { runAsUser: 65534, runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [
          { name: 'program', mountPath: '/coredns', readOnly: true },
          { name: 'config', mountPath: '/config', readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'program', hostPath: { path: program, type: 'File' } },
      { name: 'config', configMap: { name: NAME } },
    ],
  },
});
