import type { Authority } from './authority.ts';
import type { PodState } from './cluster-state.ts';
import { formatLine } from './document.ts';
import { allGrants, type Grant, grantOf, podGrants } from './grants.ts';
import { distinctRanges, formatPort, type Port, type PortRange } from './port.ts';
import { readWorkload } from './workload-reading.ts';

/** A pod, with what its manifest and the template say of its ports. */
export interface ScanSubject {
  readonly pod: PodState;
  /** Of containers, init containers and sidecars, each port once. */
  readonly declared: readonly Port[];
  /** Declared by init containers only; while these run, by whatever container. */
  readonly ended: readonly Port[];
  /** What rules permit on this pod. */
  readonly permitted: readonly PortRange[];
  /** The rule that authorizes a port, in words: `rule api, template.yaml:14`. */
  authorized(port: Port): string | undefined;
}

/** Reads what a scan must know of a pod. A port that is no port is left out: the API server admitted the pod, so there is none. */
export function scanSubject(pod: PodState, authority: Authority): ScanSubject {
  const { containers } = readWorkload('Pod', pod.object, pod.namespace).workload;
  const declaredBy = (types: readonly string[]) =>
    containers.flatMap(({ type, ports }) => (types.includes(type) ? ports.map(({ port }) => port) : []));
  const declared = distinctPorts(declaredBy(['container', 'sidecar', 'init']));
  const lasting = new Set((pod.phase === 'Pending' ? [] : declaredBy(['container', 'sidecar'])).map(formatPort));
  const grants = podGrants(authority.grants(pod.namespace), pod.labels);
  return {
    pod,
    declared,
    ended: declared.filter((port) => !lasting.has(formatPort(port))),
    permitted: distinctRanges(allGrants(grants).flatMap(({ ports }) => ports)),
    authorized(port) {
      const grant = grantOf(grants, port);
      return grant === undefined ? undefined : ruleText(grant);
    },
  };
}

function ruleText({ rule }: Grant): string {
  return `rule ${rule.name === undefined ? '' : `${rule.name}, `}${formatLine(rule.place)}`;
}

/** Each port once, in the order of the list. */
export function distinctPorts(ports: readonly Port[]): Port[] {
  return [...new Map(ports.map((port) => [formatPort(port), port])).values()];
}
