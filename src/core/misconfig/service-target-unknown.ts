import { nearestWord } from '../nearest.ts';
import type { ServiceManifest, WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';
import { nameDeclared, nameObjects } from './naming.ts';
import { otherProtocols, type ServiceLead, serviceLeads, servingPorts } from './service-target.ts';

export const serviceTargetUnknown: MisconfigurationClass = {
  code: 'service-target-unknown',
  severity: 'warning',
  summary:
    'A Service leads to a port by a name that no container behind it gives to a port of that protocol. The Service has no endpoint for it.',
  remedy: 'Give the containerPort that name, or write its number.',
  find: (set: ManifestSet): Sighting[] =>
    set.services.flatMap((manifest) => serviceLeads(manifest.service, set).flatMap((lead) => unknown(manifest, lead))),
};

function unknown(manifest: ServiceManifest, { port, declaring, lacking }: ServiceLead): Sighting[] {
  const { target, protocol } = port;
  if (typeof target !== 'string' || declaring.length > 0) return [];
  const others = otherProtocols(lacking, port);
  return [
    {
      manifest,
      path: ['spec', 'ports', port.index, 'targetPort'],
      message: `leads to "${target}", which names no ${protocol} port of ${nameObjects(lacking)} (declared: ${nameDeclared(lacking)})`,
      fix: others.length > 0 ? `write protocol: ${others[0]} here` : remedy(target, lacking),
    },
  ];
}

function remedy(target: string, lacking: readonly WorkloadManifest[]): string {
  // The API server takes any text for a name, and refuses this one.
  if (/^[0-9]+$/.test(target)) return `write ${target} without quotes`;
  const names = lacking.flatMap(({ workload }) => servingPorts(workload).flatMap(({ name }) => (name === undefined ? [] : [name])));
  const near = nearestWord(target, names);
  return near === undefined ? `give a containerPort the name ${target}, or write its number` : `write ${near}`;
}
