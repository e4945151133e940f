import type { AdmissionRequest } from '../../src/core/admission.ts';
import type { Authority } from '../../src/core/authority.ts';
import type { GateFacts } from '../../src/core/decide/facts.ts';

/** Admission requests and facts as values. */

const RESOURCES: Record<string, [group: string, resource: string]> = {
  Pod: ['', 'pods'],
  ReplicationController: ['', 'replicationcontrollers'],
  Namespace: ['', 'namespaces'],
  ConfigMap: ['', 'configmaps'],
  Binding: ['', 'bindings'],
  Deployment: ['apps', 'deployments'],
  ReplicaSet: ['apps', 'replicasets'],
  StatefulSet: ['apps', 'statefulsets'],
  DaemonSet: ['apps', 'daemonsets'],
  Job: ['batch', 'jobs'],
  CronJob: ['batch', 'cronjobs'],
  NetworkPolicy: ['networking.k8s.io', 'networkpolicies'],
};

export function request(kind: string, fields: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const [group, resource] = RESOURCES[kind] ?? ['example.com', 'things'];
  return {
    uid: 'a1b2c3d4-0000-4000-8000-000000000001',
    kind: { group, version: 'v1', kind },
    resource: { group, version: 'v1', resource },
    subResource: '',
    name: 'api',
    namespace: 'shop',
    operation: 'CREATE',
    userInfo: { username: 'alice', groups: ['system:authenticated'] },
    object: null,
    oldObject: null,
    dryRun: false,
    ...fields,
  };
}

export function facts(authority: Authority, fields: Partial<GateFacts> = {}): GateFacts {
  return {
    authority,
    pairObserved: () => true,
    terminating: () => false,
    isController: (username) => username === 'system:serviceaccount:portcullis-system:portcullis-controller',
    policiesManaged: true,
    cluster: { namespaces: [], apiServer: [] },
    ...fields,
  };
}
