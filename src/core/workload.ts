import type { Port } from './port.ts';
import type { Labels } from './selector.ts';

export type ContainerType = 'container' | 'init' | 'sidecar';

/** A declared containerPort; the API's defaults are applied (no protocol: TCP; a hostNetwork pod's hostPort: its containerPort). */
export interface DeclaredPort {
  readonly port: Port;
  readonly name?: string;
  readonly hostPort?: number;
  /** Its place in the list of the container's ports. */
  readonly index: number;
}

export interface Container {
  readonly name: string;
  readonly type: ContainerType;
  /** Where the container stands in the object. */
  readonly path: readonly (string | number)[];
  readonly ports: readonly DeclaredPort[];
}

/** A Pod, or the pod template of a workload, as far as a decision needs it. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  /** `metadata.name`, or `generateName` where there is no name yet (case 09). */
  readonly name: string;
  readonly labels: Labels;
  readonly hostNetwork: boolean;
  /** Where the pod's spec stands in the object. */
  readonly specPath: readonly string[];
  readonly containers: readonly Container[];
  readonly schedulingGates: readonly string[];
  /** Set: the pod skips the scheduler, and so may carry no scheduling gate. */
  readonly nodeName: string;
  /** Claims to be the mirror of a static pod, which the kubelet runs whatever the API server says. */
  readonly mirror: boolean;
}

/** Where each kind that is judged keeps its pod template; a Pod is its own. */
export const POD_TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

const API_GROUPS: Readonly<Record<string, string>> = { Pod: '', ReplicationController: '', Job: 'batch', CronJob: 'batch' };

/** Whether Portcullis judges this kind: Pods and the seven built-in kinds that carry a pod template. */
export function isWorkloadKind(group: string, kind: string): boolean {
  return Object.hasOwn(POD_TEMPLATE_PATHS, kind) && group === (API_GROUPS[kind] ?? 'apps');
}

/** The kind of the objects of a resource that carry pods; undefined for any other resource. */
export function workloadKindOf(group: string, resource: string): string | undefined {
  return KINDS_BY_RESOURCE.get(`${group}/${resource}`);
}

const KINDS_BY_RESOURCE: ReadonlyMap<string, string> = new Map(
  Object.keys(POD_TEMPLATE_PATHS).map((kind) => [`${API_GROUPS[kind] ?? 'apps'}/${kind.toLowerCase()}s`, kind]),
);

/** All declared ports of a workload, each with its container. */
export function declaredPorts(workload: Workload): { readonly container: Container; readonly declared: DeclaredPort }[] {
  const all: { container: Container; declared: DeclaredPort }[] = [];
  for (const container of workload.containers) {
    for (const declared of container.ports) all.push({ container, declared });
  }
  return all;
}
