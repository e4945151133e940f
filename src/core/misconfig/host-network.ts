import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';

/** Where the template refuses hostNetwork, the gate's own rule says so already. Where it permits it, somebody has thought about it: a note. */
export const hostNetwork: MisconfigurationClass = {
  code: 'host-network',
  severity: 'warning',
  summary: 'The pods use the network of their node. No NetworkPolicy covers them, and every port that they open is a port of the node.',
  remedy: 'Take hostNetwork away where the pod does not manage the node itself; where it does, say hostNetwork: true in the template.',
  find: ({ workloads, authority }: ManifestSet): Sighting[] =>
    workloads.flatMap((manifest) => {
      const { workload, custom } = manifest;
      const { mode, entry } = authority.namespace(workload.namespace);
      const permitted = entry?.hostNetwork === true;
      if (!workload.hostNetwork || custom || (mode !== 'off' && !permitted)) return [];
      return [
        {
          manifest,
          path: [...workload.specPath, 'hostNetwork'],
          message: 'no NetworkPolicy covers pods with hostNetwork, and the ports that they open are ports of the node',
          fix: 'take hostNetwork away where the pod does not manage the node itself',
          ...(permitted ? { severity: 'note' as const } : {}),
        },
      ];
    }),
};
