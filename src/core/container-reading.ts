import { isPortNumber, type Port, PROTOCOLS, type Protocol } from './port.ts';
import { debugPortFaults, type PodForm, portClashes, type WrittenPorts } from './port-clashes.ts';
import { printable } from './printable.ts';
import { asList, asRecord, isRecord, textOf } from './unknown.ts';
import type { Container, DeclaredPort } from './workload.ts';
import type { WorkloadFault } from './workload-fault.ts';

/** The spec of a pod, where it stands, and whether it is that of a pod or of a template of pods. */
export interface PodSpec extends PodForm {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly path: readonly (string | number)[];
}

/** The containers of every type; what is no container, no list or no port is added to the faults. */
export function readContainers(pod: PodSpec, faults: WorkloadFault[]): Container[] {
  const written = readLists(pod, faults);
  faults.push(...portClashes(written, pod), ...debugPortFaults(pod.spec, pod.path));
  return written.map(({ container }) => container);
}

function readLists(pod: PodSpec, faults: WorkloadFault[]): WrittenPorts[] {
  const written: WrittenPorts[] = [];
  for (const field of CONTAINER_LISTS) {
    const value = pod.spec[field];
    if (!Array.isArray(value ?? [])) faults.push({ path: [...pod.path, field], container: '', message: `${field} must be a list` });
    for (const [index, container] of asList(value).entries()) {
      written.push(readContainer({ ...pod, path: [...pod.path, field, index] }, container, faults));
    }
  }
  return written;
}

const CONTAINER_LISTS = ['initContainers', 'containers'] as const;

function readContainer(pod: PodSpec, value: unknown, faults: WorkloadFault[]): WrittenPorts {
  const fields = asRecord(value);
  const type = !pod.path.includes('initContainers') ? 'container' : fields.restartPolicy === 'Always' ? 'sidecar' : 'init';
  const name = printable(textOf(fields.name));
  const context = { container: name, containerType: type } as const;
  if (!isRecord(value)) faults.push({ ...context, path: pod.path, message: 'a container must be an object' });
  if (!Array.isArray(fields.ports ?? [])) faults.push({ ...context, path: [...pod.path, 'ports'], message: 'ports must be a list' });
  const ports = asList(fields.ports);
  // The API server compares the two numbers on the containers that run side by side only (Kubernetes: validatePodHostNetworkDeps).
  const mustEqual = pod.hostNetwork && type === 'container';
  const declared: DeclaredPort[] = [];
  for (const [index, port] of ports.entries()) {
    const read = readPort(port, { index, hostNetwork: pod.hostNetwork, mustEqual });
    if ('declared' in read) {
      declared.push(read.declared);
    } else {
      const { field, ...fault } = read.fault;
      faults.push({ ...context, ...fault, path: [...pod.path, 'ports', index, field] });
    }
  }
  return { container: { name, type, path: pod.path, ports: declared }, ports };
}

type PortReading =
  | { readonly declared: DeclaredPort }
  | { readonly fault: { readonly field: string; readonly message: string; readonly port?: Port } };

interface PortContext {
  readonly index: number;
  readonly hostNetwork: boolean;
  /** A hostPort must be the containerPort. */
  readonly mustEqual: boolean;
}

function readPort(value: unknown, { index, hostNetwork, mustEqual }: PortContext): PortReading {
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
  if (mustEqual && hostPort !== undefined && hostPort !== number) {
    return { fault: { field: 'hostPort', port, message: 'hostPort must equal containerPort with hostNetwork' } };
  }
  const bound = hostPort ?? (hostNetwork ? number : undefined);
  const name = printable(textOf(fields.name));
  return { declared: { port, index, ...(name === '' ? {} : { name }), ...(bound === undefined ? {} : { hostPort: bound }) } };
}

function isProtocol(value: unknown): value is Protocol {
  return PROTOCOLS.some((protocol) => protocol === value);
}
