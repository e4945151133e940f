import { formatPort } from '../port.ts';
import { differentApps } from './app-name.ts';
import type { ServiceManifest, WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';
import { nameObjects } from './naming.ts';
import { servicePods } from './service-pods.ts';
import { serviceLeads } from './service-target.ts';

/** Stable and canary behind one Service are as it should be: they are one app, and declare the same port. */
export const serviceSelectsSeveral: MisconfigurationClass = {
  code: 'service-selects-several',
  severity: 'warning',
  summary:
    'A Service selects workloads that are not of one kind: only some of them declare its target port, or they name themselves different apps.',
  remedy: 'Select by a label that only the wanted workload has, or declare the port in all of them.',
  find: (set: ManifestSet): Sighting[] =>
    set.services.flatMap((manifest) => {
      const uneven = unevenPorts(manifest, set);
      return uneven.length > 0 ? uneven : mixedApps(manifest, set);
    }),
};

function unevenPorts(manifest: ServiceManifest, set: ManifestSet): Sighting[] {
  return serviceLeads(manifest.service, set).flatMap(({ port, declaring, lacking }): Sighting[] => {
    if (declaring.length === 0 || lacking.length === 0) return [];
    const target = typeof port.target === 'number' ? formatPort({ number: port.target, protocol: port.protocol }) : `"${port.target}"`;
    return [
      {
        manifest,
        path: ['spec', 'ports', port.index, 'targetPort'],
        message: `leads to ${target}, which ${nameObjects(declaring)} declares and ${nameObjects(lacking)}, selected as well, does not`,
        fix: 'select by a label that only the wanted workload has, or declare the port in both',
      },
    ];
  });
}

/** A headless Service may well join the members of several workloads, so that they find each other. */
function mixedApps(manifest: ServiceManifest, set: ManifestSet): Sighting[] {
  const { service } = manifest;
  if (service.headless) return [];
  const selected = servicePods(service, set);
  const [first] = selected;
  const others = selected.filter((other) => first !== undefined && areDifferent(first, other));
  if (first === undefined || others.length === 0) return [];
  return [
    {
      manifest,
      path: ['spec', 'selector'],
      message: `selects ${nameObjects([first, ...others])}, which name themselves different apps`,
      fix: 'select by a label that only the wanted workload has',
    },
  ];
}

function areDifferent(a: WorkloadManifest, b: WorkloadManifest): boolean {
  return a.id !== b.id && differentApps(a.workload.labels, b.workload.labels);
}
