import { hostNetwork } from './misconfig/host-network.ts';
import { hostPort } from './misconfig/host-port.ts';
import { labelsCollide } from './misconfig/labels-collide.ts';
import type { ManifestSet } from './misconfig/manifest-set.ts';
import type { Misconfiguration, MisconfigurationClass } from './misconfig/misconfiguration.ts';
import { namespaceWithoutPolicy } from './misconfig/namespace-without-policy.ts';
import { policyNamesServicePort } from './misconfig/policy-names-service-port.ts';
import { policyWidens } from './misconfig/policy-widens.ts';
import { probeUndeclared } from './misconfig/probe-undeclared.ts';
import { probeUnknown } from './misconfig/probe-unknown.ts';
import { serviceSelectsSeveral } from './misconfig/service-selects-several.ts';
import { serviceTargetUndeclared } from './misconfig/service-target-undeclared.ts';
import { serviceTargetUnknown } from './misconfig/service-target-unknown.ts';
import { serviceWithoutWorkload } from './misconfig/service-without-workload.ts';

/**
 * What is looked for in manifests beside the template, in the order of the documentation: the classes of network misconfigurations that
 * "Inside Job" (CoNEXT 2025) found in charts, as far as files can show them.
 */
export const MISCONFIGURATIONS: readonly MisconfigurationClass[] = [
  // Pods that no policy covers, and ports past every policy.
  hostNetwork,
  hostPort,
  // Services that lead nowhere, or to where nobody says that he listens.
  serviceWithoutWorkload,
  serviceTargetUndeclared,
  serviceTargetUnknown,
  serviceSelectsSeveral,
  // Workloads that no selector can tell apart.
  labelsCollide,
  // Ports that the manifest itself uses and does not declare.
  probeUndeclared,
  probeUnknown,
  // Policies that are missing, miss their aim, or open more than the template.
  namespaceWithoutPolicy,
  policyNamesServicePort,
  policyWidens,
];

/** Everything that the manifests show to be wrong, class by class. What is exempt is not judged: there it is a note. */
export function misconfigurationsOf(set: ManifestSet): Misconfiguration[] {
  return MISCONFIGURATIONS.flatMap(({ code, severity, find }) =>
    find(set).map((sighting) => {
      const { exempt } = set.authority.namespace(sighting.manifest.namespace);
      return { ...sighting, code, severity: exempt ? 'note' : (sighting.severity ?? severity) };
    }),
  );
}
