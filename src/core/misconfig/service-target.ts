import type { Protocol } from '../port.ts';
import { type DeclaredPort, declaredPorts, type Workload } from '../workload.ts';
import type { WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { Service, ServicePort } from './service.ts';
import { servicePods } from './service-pods.ts';

/** The ports that a workload declares for as long as it runs: those of init containers close before any client comes. */
export function servingPorts(workload: Workload): readonly DeclaredPort[] {
  return declaredPorts(workload).flatMap(({ container, declared }) => (container.type === 'init' ? [] : [declared]));
}

/** Whether the workload declares what the Service's port leads to: the number, or a port of that name, in the same protocol. */
export function declaresTarget(workload: Workload, { target, protocol }: Pick<ServicePort, 'target' | 'protocol'>): boolean {
  return servingPorts(workload).some((declared) => isTarget(declared, target) && declared.port.protocol === protocol);
}

/** The protocols, other than the Service's, in which the workloads declare the target. */
export function otherProtocols(manifests: readonly WorkloadManifest[], { target, protocol }: ServicePort): Protocol[] {
  const declared = manifests.flatMap(({ workload }) => servingPorts(workload)).filter((one) => isTarget(one, target));
  return [...new Set(declared.map(({ port }) => port.protocol))].filter((other) => other !== protocol);
}

function isTarget({ port, name }: DeclaredPort, target: number | string): boolean {
  return typeof target === 'number' ? port.number === target : name === target;
}

/** One port of a Service, and the workloads that it leads to: those whose ports are known whole. */
export interface ServiceLead {
  readonly port: ServicePort;
  readonly declaring: readonly WorkloadManifest[];
  readonly lacking: readonly WorkloadManifest[];
}

/** Where the ports of a Service lead. Empty where it leads to no workload of these files. */
export function serviceLeads(service: Service, set: ManifestSet): ServiceLead[] {
  const known = servicePods(service, set).filter(({ faulty }) => !faulty);
  if (known.length === 0) return [];
  return service.ports.map((port) => {
    // The clients of a headless Service call the pods on whatever port they think right: its own number will do as well.
    const targets = service.headless ? [port, { ...port, target: port.number }] : [port];
    const declaring = known.filter(({ workload }) => targets.some((target) => declaresTarget(workload, target)));
    const able = new Set(declaring.map(({ id }) => id));
    return { port, declaring, lacking: known.filter(({ id }) => !able.has(id)) };
  });
}
