import { NAMESPACE_NAME_LABEL } from '../names.ts';
import type { PolicyPeer, PolicyPort } from '../network-policy.ts';
import { formatPort, type Port } from '../port.ts';
import type { LabelSelector } from '../selector.ts';
import type { PolicyManifest, ServiceManifest, WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';
import { nameDeclared } from './naming.ts';
import { servicePods } from './service-pods.ts';
import { declaresTarget } from './service-target.ts';

/** A NetworkPolicy sees a connection behind the Service, where its port was translated already. */
export const policyNamesServicePort: MisconfigurationClass = {
  code: 'policy-names-service-port',
  severity: 'warning',
  summary:
    'A NetworkPolicy opens the port of a Service, and the pods behind it listen on another one. Policies are about the ports of pods: it opens nothing.',
  remedy: 'Write the port that the pods listen on, not the one of their Service.',
  find: (set: ManifestSet): Sighting[] => set.policies.flatMap((manifest) => [...inIngress(manifest, set), ...inEgress(manifest, set)]),
};

function inIngress(manifest: PolicyManifest, set: ManifestSet): Sighting[] {
  const { metadata, spec } = manifest.policy;
  const pods = set.selected(metadata.namespace, spec.podSelector);
  return spec.ingress.flatMap(({ ports = [] }, rule) =>
    ports.flatMap((port, index) => sightings({ manifest, path: ['spec', 'ingress', rule, 'ports', index, 'port'], port, pods }, set)),
  );
}

function inEgress(manifest: PolicyManifest, set: ManifestSet): Sighting[] {
  return manifest.policy.spec.egress.flatMap(({ to = [], ports = [] }, rule) => {
    const pods = to.flatMap((peer) => peerPods(peer, manifest.policy.metadata.namespace, set));
    return ports.flatMap((port, index) => sightings({ manifest, path: ['spec', 'egress', rule, 'ports', index, 'port'], port, pods }, set));
  });
}

/** Only pods of namespaces that are certain: the own one, and one that is selected by its name. */
function peerPods({ podSelector, namespaceSelector, ipBlock }: PolicyPeer, own: string, set: ManifestSet): readonly WorkloadManifest[] {
  if (ipBlock !== undefined) return [];
  const namespace = namespaceSelector === undefined ? own : namedNamespace(namespaceSelector);
  return namespace === undefined ? [] : set.selected(namespace, podSelector ?? {});
}

function namedNamespace({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string | undefined {
  return Object.keys(matchLabels).length === 1 && matchExpressions.length === 0 ? matchLabels[NAMESPACE_NAME_LABEL] : undefined;
}

interface Opened {
  readonly manifest: PolicyManifest;
  readonly path: readonly (string | number)[];
  readonly port: PolicyPort;
  /** Whose port it is. */
  readonly pods: readonly WorkloadManifest[];
}

function sightings({ manifest, path, port, pods }: Opened, set: ManifestSet): Sighting[] {
  if (typeof port.port !== 'number' || port.endPort !== undefined || pods.some(({ faulty }) => faulty)) return [];
  const opened: Port = { number: port.port, protocol: port.protocol ?? 'TCP' };
  if (pods.some(({ workload }) => declaresTarget(workload, { target: opened.number, protocol: opened.protocol }))) return [];
  const service = translating(opened, pods, set);
  if (service === undefined) return [];
  const behind = servicePods(service.service, set).filter((pod) => pods.includes(pod));
  return [
    {
      manifest,
      path,
      port: opened,
      message: `opens ${formatPort(opened)}, the port of ${service.id}; the pods behind it listen on another (declared: ${nameDeclared(behind)})`,
      fix: 'write the port of the pods',
    },
  ];
}

/** A Service in front of some of the pods that has this port, and translates it. */
function translating({ number, protocol }: Port, pods: readonly WorkloadManifest[], set: ManifestSet): ServiceManifest | undefined {
  return [...new Set(pods.map(({ workload }) => workload.namespace))]
    .flatMap((namespace) => set.servicesOf(namespace))
    .filter(({ service }) => !service.headless)
    .filter(({ service }) => service.ports.some((one) => one.number === number && one.protocol === protocol && one.target !== number))
    .find(({ service }) => servicePods(service, set).some((pod) => pods.includes(pod)));
}
