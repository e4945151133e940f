import { isPortNumber, type Port, PROTOCOLS, type Protocol } from './port.ts';
import { printable } from './printable.ts';
import { asRecord, isRecord, textOf } from './unknown.ts';
import type { Container, ContainerType, DeclaredPort } from './workload.ts';

/** Something that the API server would refuse as well. `path` is relative to the object. */
export interface WorkloadFault {
  readonly path: readonly (string | number)[];
  readonly container: string;
  readonly containerType?: ContainerType;
  readonly port?: Port;
  readonly message: string;
}

/** The spec of a pod, and where it stands. */
export interface PodSpec {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly path: readonly (string | number)[];
  readonly hostNetwork: boolean;
}

/** The containers of every type; what is no container, no list or no port is added to the faults. */
export function readContainers(pod: PodSpec, faults: WorkloadFault[]): Container[] {
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
