import { readContainers } from './container-reading.ts';
import { printable } from './printable.ts';
import { asList, asRecord, textOf } from './unknown.ts';
import { POD_TEMPLATE_PATHS, type Workload } from './workload.ts';
import type { WorkloadFault } from './workload-fault.ts';
import { headFaults, labelsOf, shapeFaults } from './workload-shape.ts';

export type WorkloadReading = { readonly workload: Workload; readonly faults: readonly WorkloadFault[] };

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
  const faults: WorkloadFault[] = [...headFaults(object, path), ...shapeFaults(object, path)].map((fault) => ({ ...fault, container: '' }));
  const hostNetwork = spec.hostNetwork === true;
  if (typeof (spec.hostNetwork ?? false) !== 'boolean') {
    faults.push({ path: [...path, 'spec', 'hostNetwork'], container: '', message: 'hostNetwork must be true or false' });
  }
  const containers = readContainers({ spec, path: [...path, 'spec'], isPod: kind === 'Pod', hostNetwork }, faults);
  const workload: Workload = {
    kind,
    namespace: printable(namespace),
    name: printable(textOf(objectMetadata.name) || textOf(objectMetadata.generateName)),
    labels: labelsOf(podMetadata.labels),
    hostNetwork,
    specPath: [...path, 'spec'],
    containers,
    schedulingGates: asList(spec.schedulingGates).map((gate) => textOf(asRecord(gate).name)),
    nodeName: textOf(spec.nodeName),
    mirror: kind === 'Pod' && Object.hasOwn(asRecord(podMetadata.annotations), 'kubernetes.io/config.mirror'),
  };
  return { workload, faults };
}
