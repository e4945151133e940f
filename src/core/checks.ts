import type { Authority } from './authority.ts';
import { grantOf, podGrants } from './grants.ts';
import { listWords } from './nearest.ts';
import { formatPort, type Port, PROTOCOLS, rangeHolds } from './port.ts';
import type { ResolvedNamespace } from './template/resolve.ts';
import { type ContainerType, declaredPorts, type Workload } from './workload.ts';

export type ViolationCode = 'port-not-authorized' | 'host-port-not-permitted' | 'host-network-not-permitted';

/** One thing that a workload asks for and the template does not permit. */
export interface Violation {
  readonly code: ViolationCode;
  readonly container: string;
  readonly containerType?: ContainerType;
  readonly port?: Port;
  readonly portName?: string;
  readonly hostPort?: number;
  /** Where the object asks for it. */
  readonly path: readonly (string | number)[];
  /** One phrase. For a port it completes "9090/TCP is ..."; else it is a sentence of its own. */
  readonly why: string;
}

/** A workload and what the template says about it: the input of every check. */
export interface CheckInput {
  readonly workload: Workload;
  readonly authority: Authority;
  readonly namespace: ResolvedNamespace;
}

type Check = (input: CheckInput) => readonly Violation[];

/** What is asked of every workload, in the order in which people read the answers. */
const CHECKS: readonly Check[] = [
  // A hostNetwork pod shares the node's sockets, and no NetworkPolicy covers it.
  hostNetworkIsPermitted,
  // Every declared port of containers, init containers and sidecars comes from the template.
  declaredPortsAreAuthorized,
  // A host port opens the node, past every NetworkPolicy of the pod.
  hostPortsArePermitted,
];

/** Everything that the workload breaks; empty: the template permits it. */
export function violationsOf(input: CheckInput): Violation[] {
  const all: Violation[] = [];
  for (const check of CHECKS) all.push(...check(input));
  return all;
}

/**
 * The violations that an update brings in: old offenders may still change labels, lose finalizers, be deleted. A new label counts, since
 * the same port may be authorized no longer (case 11).
 */
export function addedViolations(before: readonly Violation[], after: readonly Violation[]): Violation[] {
  const known = new Set(before.map(violationKey));
  return after.filter((violation) => !known.has(violationKey(violation)));
}

function violationKey({ code, port, hostPort }: Violation): string {
  return `${code} ${port === undefined ? '' : formatPort(port)} ${hostPort ?? ''}`;
}

function hostNetworkIsPermitted({ workload, namespace }: CheckInput): Violation[] {
  if (!workload.hostNetwork || namespace.entry?.hostNetwork === true) return [];
  const why =
    namespace.entry === undefined
      ? 'hostNetwork is not permitted: no document of the template lists this namespace'
      : 'hostNetwork is not permitted here';
  return [{ code: 'host-network-not-permitted', container: '', path: [...workload.specPath, 'hostNetwork'], why }];
}

function declaredPortsAreAuthorized({ workload, authority, namespace }: CheckInput): Violation[] {
  const grants = podGrants(authority.grants(namespace.name), workload.labels);
  const violations: Violation[] = [];
  for (const { container, declared } of declaredPorts(workload)) {
    if (grantOf(grants, declared.port) !== undefined) continue;
    const others = PROTOCOLS.filter((protocol) => grantOf(grants, { ...declared.port, protocol }) !== undefined);
    violations.push({
      code: 'port-not-authorized',
      container: container.name,
      containerType: container.type,
      port: declared.port,
      path: [...container.path, 'ports', declared.index],
      ...(declared.name === undefined ? {} : { portName: declared.name }),
      why: others.length === 0 ? 'not in the template' : `in the template for ${listWords(others, 'and')} only`,
    });
  }
  return violations;
}

function hostPortsArePermitted({ workload, namespace }: CheckInput): Violation[] {
  // With hostNetwork the hostPort is the containerPort by definition: permitting hostNetwork permits it.
  if (workload.hostNetwork) return [];
  const violations: Violation[] = [];
  for (const { container, declared } of declaredPorts(workload)) {
    const { hostPort, port } = declared;
    if (hostPort === undefined) continue;
    const bound = { number: hostPort, protocol: port.protocol };
    if (namespace.entry?.hostPorts.some((range) => rangeHolds(range, bound)) === true) continue;
    violations.push({
      code: 'host-port-not-permitted',
      container: container.name,
      containerType: container.type,
      port,
      hostPort,
      path: [...container.path, 'ports', declared.index],
      ...(declared.name === undefined ? {} : { portName: declared.name }),
      why: `hostPort ${formatPort(bound)} is not in hostPorts`,
    });
  }
  return violations;
}
