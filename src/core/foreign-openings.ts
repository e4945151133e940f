import { familyOf } from './address.ts';
import { type Cidr, isStrictlyInside, readCidr } from './cidr.ts';
import type { PodState } from './cluster-state.ts';
import type { IngressRule, NetworkPolicy, PolicyPeer, PolicyPort } from './network-policy.ts';
import { isOurs } from './pair/metadata.ts';
import type { Port } from './port.ts';
import { type Labels, selects } from './selector.ts';
import { declaredPorts } from './workload.ts';
import { readWorkload } from './workload-reading.ts';

/** A pod that probes others, as their policies see it. */
export interface Stranger {
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
  readonly addresses: readonly string[];
}

/**
 * The names of the policies of somebody else that open this port of the pod to the stranger. Policies add up (NetworkPolicy API: there is no
 * deny), so one suffices. A block that cannot be read counts as one that opens: it may.
 */
export function foreignOpenings(policies: readonly NetworkPolicy[], pod: PodState, to: { port: Port; from: Stranger }): string[] {
  return policies
    .filter((policy) => !isOurs(policy) && selects(policy.spec.podSelector, pod.labels))
    .filter(
      ({ spec, metadata }) => spec.policyTypes.includes('Ingress') && spec.ingress.some((rule) => opens(rule, pod, { ...to, ...metadata })),
    )
    .map(({ metadata }) => metadata.name)
    .sort();
}

interface Asked {
  readonly port: Port;
  readonly from: Stranger;
  /** Of the policy. */
  readonly namespace: string;
}

function opens({ from, ports }: IngressRule, pod: PodState, asked: Asked): boolean {
  const isPort = ports === undefined || ports.some((one) => holdsPort(one, pod, asked.port));
  return isPort && (from === undefined || from.some((peer) => isPeer(peer, asked)));
}

function holdsPort({ protocol = 'TCP', port, endPort }: PolicyPort, pod: PodState, asked: Port): boolean {
  if (protocol !== asked.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'number') return port <= asked.number && asked.number <= (endPort ?? port);
  const declared = declaredPorts(readWorkload('Pod', pod.object, pod.namespace).workload).map((one) => one.declared);
  return declared.some((one) => one.name === port && one.port.number === asked.number && one.port.protocol === protocol);
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: PolicyPeer, { from, namespace }: Asked): boolean {
  if (ipBlock !== undefined) return from.addresses.some((address) => isInBlock(address, ipBlock));
  const isThere = namespaceSelector === undefined ? from.namespace === namespace : selects(namespaceSelector, from.namespaceLabels);
  return isThere && (podSelector === undefined || selects(podSelector, from.labels));
}

function isInBlock(address: string, { cidr, except = [] }: NonNullable<PolicyPeer['ipBlock']>): boolean {
  const one = readCidr(`${address}/${familyOf(address) === 6 ? 128 : 32}`);
  const block = readCidr(cidr);
  if ('problem' in one || 'problem' in block) return true;
  return holds(block, one) && !except.map(readCidr).some((hole) => !('problem' in hole) && holds(hole, one));
}

function holds(block: Cidr, one: Cidr): boolean {
  return isStrictlyInside(one, block) || (one.prefix === block.prefix && one.family === block.family && one.network === block.network);
}
