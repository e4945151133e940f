import { listWords } from '../nearest.ts';
import { formatPort } from '../port.ts';
import type { ServiceManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';
import { nameDeclared, nameObjects } from './naming.ts';
import { otherProtocols, type ServiceLead, serviceLeads } from './service-target.ts';

export const serviceTargetUndeclared: MisconfigurationClass = {
  code: 'service-target-undeclared',
  severity: 'warning',
  summary:
    'A Service leads to a port number that no container behind it declares. Either nothing listens there, or something listens that the manifest keeps quiet about.',
  remedy: 'Declare the port in the container, or lead to a port that it declares.',
  find: (set: ManifestSet): Sighting[] =>
    set.services.flatMap((manifest) => serviceLeads(manifest.service, set).flatMap((lead) => undeclared(manifest, lead))),
};

function undeclared(manifest: ServiceManifest, lead: ServiceLead): Sighting[] {
  const { port, declaring, lacking } = lead;
  const { target, protocol } = port;
  if (typeof target !== 'number' || declaring.length > 0) return [];
  const asked = { number: target, protocol };
  const others = otherProtocols(lacking, port);
  const declared = others.length > 0 ? `declared for ${listWords(others, 'and')} only` : `declared: ${nameDeclared(lacking)}`;
  return [
    {
      manifest,
      path: ['spec', 'ports', port.index, 'targetPort'],
      port: asked,
      message: `leads to ${formatPort(asked)}, which ${nameObjects(lacking)} does not declare (${declared})`,
      fix:
        others.length > 0
          ? `write protocol: ${others[0]} here, or declare ${formatPort(asked)} in the workload`
          : `declare ${formatPort(asked)} in the workload, or lead to a port that it declares`,
    },
  ];
}
