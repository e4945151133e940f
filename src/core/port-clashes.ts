import { formatPort } from './port.ts';
import { printable } from './printable.ts';
import { asList, asRecord } from './unknown.ts';
import type { Container, DeclaredPort } from './workload.ts';
import type { WorkloadFault } from './workload-fault.ts';

/** The ports of a container as they are written, beside what was read of them. */
export interface WrittenPorts {
  readonly container: Container;
  readonly ports: readonly unknown[];
}

/**
 * What the API server refuses in the lists of a pod though each port is one: a name that is none or stands twice in its container (two
 * containers may share one, case 03), and a host port that two would bind (Kubernetes: validateContainerPorts, checkHostPortConflicts).
 * `isPod`: a pod on the host network has its containerPorts as host ports; a template of pods has only those that are written.
 */
export function portClashes(written: readonly WrittenPorts[], { isPod, hostNetwork }: PodForm): WorkloadFault[] {
  const names = written.flatMap(nameFaults);
  const isBound = (ports: readonly unknown[], declared: DeclaredPort): boolean =>
    declared.hostPort !== undefined && ((isPod && hostNetwork) || Boolean(asRecord(ports[declared.index]).hostPort));
  // The containers run side by side, those that start before them one by one.
  const together = written.filter(({ container }) => container.type === 'container');
  const alone = written.filter(({ container }) => container.type !== 'container').map((one) => [one]);
  return [...names, ...[...alone, together].flatMap((group) => hostPortFaults(group, isBound))];
}

export interface PodForm {
  readonly isPod: boolean;
  readonly hostNetwork: boolean;
}

/** At most 15 small letters, digits and single hyphens, with a letter (Kubernetes: IsValidPortName). */
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;

function nameFaults({ container, ports }: WrittenPorts): WorkloadFault[] {
  const known = new Set<string>();
  const faults: WorkloadFault[] = [];
  for (const [index, written] of ports.entries()) {
    const { name } = asRecord(written);
    if (name === undefined || name === null || name === '') continue;
    const message = nameProblem(name, known);
    if (typeof name === 'string') known.add(name);
    if (message === undefined) continue;
    const port = container.ports.find((declared) => declared.index === index)?.port;
    faults.push({ ...faultIn(container, index, 'name'), ...(port === undefined ? {} : { port }), message });
  }
  return faults;
}

function nameProblem(name: unknown, known: ReadonlySet<string>): string | undefined {
  if (typeof name !== 'string') return 'the name of a port must be a text';
  if (known.has(name)) return `another port of this container is already named ${printable(name)}`;
  return PORT_NAME.test(name) ? undefined : 'the name of a port has up to 15 small letters, digits and single hyphens, and a letter';
}

function hostPortFaults(
  written: readonly WrittenPorts[],
  isBound: (ports: readonly unknown[], declared: DeclaredPort) => boolean,
): WorkloadFault[] {
  const known = new Map<string, string>();
  const faults: WorkloadFault[] = [];
  for (const { container, ports } of written) {
    for (const declared of container.ports) {
      const { port, hostPort, index } = declared;
      if (hostPort === undefined || !isBound(ports, declared)) continue;
      const bound = formatPort({ number: hostPort, protocol: port.protocol });
      const key = JSON.stringify([bound, asRecord(ports[index]).hostIP ?? '']);
      const first = known.get(key);
      if (first === undefined) known.set(key, container.name);
      else
        faults.push({
          ...faultIn(container, index, 'hostPort'),
          port,
          message: `hostPort ${bound} is already bound by container ${first}`,
        });
    }
  }
  return faults;
}

/** Debug containers cannot declare ports (Kubernetes: allowedEphemeralContainerFields). */
export function debugPortFaults(spec: Readonly<Record<string, unknown>>, path: readonly (string | number)[]): WorkloadFault[] {
  return asList(spec.ephemeralContainers).flatMap((container, index) => {
    const { name, ports } = asRecord(container);
    if (ports === undefined || ports === null || (Array.isArray(ports) && ports.length === 0)) return [];
    const message = 'a debug container cannot declare ports';
    return [
      { path: [...path, 'ephemeralContainers', index, 'ports'], container: printable(typeof name === 'string' ? name : ''), message },
    ];
  });
}

function faultIn({ name, type, path }: Container, index: number, field: string): Omit<WorkloadFault, 'message'> {
  return { container: name, containerType: type, path: [...path, 'ports', index, field] };
}
