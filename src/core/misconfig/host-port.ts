import { formatPort, rangeHolds } from '../port.ts';
import { declaredPorts } from '../workload.ts';
import type { WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';

/** Where the template refuses the port, the gate's own rule says so already. Where it permits it, somebody has thought about it: a note. */
export const hostPort: MisconfigurationClass = {
  code: 'host-port',
  severity: 'warning',
  summary: 'A container binds a port of the node. It is open to whoever reaches the node, past every NetworkPolicy of the pod.',
  remedy:
    'Leave hostPort out and lead to the pod by a Service; where the port must be on the node, list it under hostPorts in the template.',
  find: (set: ManifestSet): Sighting[] => set.workloads.flatMap((manifest) => boundPorts(manifest, set)),
};

function boundPorts(manifest: WorkloadManifest, { authority }: ManifestSet): Sighting[] {
  const { workload, custom } = manifest;
  // With hostNetwork every port is one of the node: that is said once, by its own class.
  if (custom || workload.hostNetwork) return [];
  const { mode, entry } = authority.namespace(workload.namespace);
  return declaredPorts(workload).flatMap(({ container, declared }): Sighting[] => {
    if (declared.hostPort === undefined) return [];
    const bound = { number: declared.hostPort, protocol: declared.port.protocol };
    const permitted = entry?.hostPorts.some((range) => rangeHolds(range, bound)) === true;
    if (mode !== 'off' && !permitted) return [];
    return [
      {
        manifest,
        path: [...container.path, 'ports', declared.index],
        port: bound,
        message: `hostPort ${formatPort(bound)} opens a port of the node, past every NetworkPolicy of the pod`,
        fix: 'leave hostPort out, and lead to the pod by a Service',
        ...(permitted ? { severity: 'note' as const } : {}),
      },
    ];
  });
}
