import { isPortNumber, type Port, PROTOCOLS, type Protocol } from './port.ts';
import { printable } from './printable.ts';
import type { Labels } from './selector.ts';
import { asList, asRecord, isRecord, textFields, textOf } from './unknown.ts';
import { shapeFaults } from './workload-shape.ts';

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

/** Something that the API server would refuse as well. `path` is relative to the object. */
export interface WorkloadFault {
  readonly path: readonly (string | number)[];
  readonly container: string;
  readonly containerType?: ContainerType;
  readonly port?: Port;
  readonly message: string;
}

export type WorkloadReading = { readonly workload: Workload; readonly faults: readonly WorkloadFault[] };

/** Where each kind keeps its pod template; a Pod is its own. */
const POD_TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
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

/**
 * Reads a Pod or a workload, whose kind `isWorkloadKind` knows. Fields that it does not know are left alone (case 08); a port that is no
 * port is a fault and never dropped, cast or rounded (case 06). The namespace is given: an object's own may be absent or a lie.
 */
export function readWorkload(kind: string, object: unknown, namespace: string): WorkloadReading {
  const path = POD_TEMPLATE_PATHS[kind] ?? [];
  const pod = path.reduce<unknown>((value, step) => asRecord(value)[step], object);
  const objectMetadata = asRecord(asRecord(object).metadata);
  const podMetadata = asRecord(asRecord(pod).metadata);
  const spec = asRecord(asRecord(pod).spec);
  const faults: WorkloadFault[] = shapeFaults(object, path).map((fault) => ({ ...fault, container: '' }));
  const hostNetwork = spec.hostNetwork === true;
  if (typeof (spec.hostNetwork ?? false) !== 'boolean') {
    faults.push({ path: [...path, 'spec', 'hostNetwork'], container: '', message: 'hostNetwork must be true or false' });
  }
  const containers = readContainers({ spec, path: [...path, 'spec'], hostNetwork }, faults);
  const workload: Workload = {
    kind,
    namespace: printable(namespace),
    name: printable(textOf(objectMetadata.name) || textOf(objectMetadata.generateName)),
    labels: textFields(podMetadata.labels),
    hostNetwork,
    specPath: [...path, 'spec'],
    containers,
    schedulingGates: asList(spec.schedulingGates).map((gate) => textOf(asRecord(gate).name)),
    nodeName: textOf(spec.nodeName),
    mirror: kind === 'Pod' && Object.hasOwn(asRecord(podMetadata.annotations), 'kubernetes.io/config.mirror'),
  };
  return { workload, faults };
}

/** All declared ports of a workload, each with its container. */
export function declaredPorts(workload: Workload): { readonly container: Container; readonly declared: DeclaredPort }[] {
  return workload.containers.flatMap((container) => container.ports.map((declared) => ({ container, declared })));
}

interface PodSpec {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly path: readonly (string | number)[];
  readonly hostNetwork: boolean;
}

function readContainers(pod: PodSpec, faults: WorkloadFault[]): Container[] {
  return (['initContainers', 'containers'] as const).flatMap((field) => {
    const value = pod.spec[field];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      faults.push({ path: [...pod.path, field], container: '', message: `${field} must be a list` });
      return [];
    }
    return value.map((container, index) => readContainer({ ...pod, path: [...pod.path, field, index] }, container, faults));
  });
}

function readContainer(pod: PodSpec, value: unknown, faults: WorkloadFault[]): Container {
  const fields = asRecord(value);
  const type = !pod.path.includes('initContainers') ? 'container' : fields.restartPolicy === 'Always' ? 'sidecar' : 'init';
  const name = printable(textOf(fields.name));
  const ports = fields.ports;
  const context = { container: name, containerType: type } as const;
  if (!isRecord(value)) faults.push({ ...context, path: pod.path, message: 'a container must be an object' });
  if (ports === undefined || ports === null) return { name, type, path: pod.path, ports: [] };
  if (!Array.isArray(ports)) {
    faults.push({ ...context, path: [...pod.path, 'ports'], message: 'ports must be a list' });
    return { name, type, path: pod.path, ports: [] };
  }
  const read = ports.map((port, index) => readPort(port, index, pod.hostNetwork));
  read.forEach((result, index) => {
    if (!('fault' in result)) return;
    const { field, ...fault } = result.fault;
    faults.push({ ...context, ...fault, path: [...pod.path, 'ports', index, field] });
  });
  return {
    name,
    type,
    path: pod.path,
    ports: read.flatMap((result) => ('declared' in result ? [result.declared] : [])),
  };
}

type PortReading =
  | { readonly declared: DeclaredPort }
  | { readonly fault: { readonly field: string; readonly message: string; readonly port?: Port } };

function readPort(value: unknown, index: number, hostNetwork: boolean): PortReading {
  const fields = asRecord(value);
  const number = fields.containerPort;
  if (!isPortNumber(number)) return { fault: { field: 'containerPort', message: 'port must be an integer from 1 to 65535' } };
  const protocol = fields.protocol === '' ? 'TCP' : (fields.protocol ?? 'TCP');
  if (!isProtocol(protocol)) return { fault: { field: 'protocol', message: `protocol must be one of ${PROTOCOLS.join(', ')}` } };
  const port = { number, protocol };
  // 0 is how the API writes "no hostPort".
  const hostPort = fields.hostPort === 0 ? undefined : (fields.hostPort ?? undefined);
  if (hostPort !== undefined && !isPortNumber(hostPort)) {
    return { fault: { field: 'hostPort', port, message: 'hostPort must be an integer from 1 to 65535' } };
  }
  if (hostNetwork && hostPort !== undefined && hostPort !== number) {
    return { fault: { field: 'hostPort', port, message: 'hostPort must equal containerPort with hostNetwork' } };
  }
  const bound = hostNetwork ? number : hostPort;
  const name = printable(textOf(fields.name));
  return { declared: { port, index, ...(name === '' ? {} : { name }), ...(bound === undefined ? {} : { hostPort: bound }) } };
}

function isProtocol(value: unknown): value is Protocol {
  return PROTOCOLS.some((protocol) => protocol === value);
}
