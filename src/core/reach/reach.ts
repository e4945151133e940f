import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../network-policy.ts';
import type { Port } from '../port.ts';
import { selects } from '../selector.ts';
import type { Endpoint, PodEnd } from './endpoint.ts';
import { peerMeans, portCovers } from './match.ts';

/** One connection that is asked about. */
export interface Question {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: Port;
  /** Every policy of a namespace. */
  policies(namespace: string): readonly NetworkPolicy[];
}

/** The answer, with what decides at each end. */
export interface Reach {
  readonly permitted: boolean;
  readonly leaves: SideReach;
  readonly enters: SideReach;
}

/**
 * One end. `outside`: an address, at which no policy of the cluster acts. `host-network`: no policy covers such a pod. `not-isolated`: no
 * policy selects the pod in this direction, so everything passes.
 */
export interface SideReach {
  readonly verdict: 'outside' | 'host-network' | 'not-isolated' | 'permitted' | 'refused';
  /** The policies that isolate the pod in this direction. */
  readonly isolating: readonly NetworkPolicy[];
  /** Those of them that let the connection through. */
  readonly permitting: readonly NetworkPolicy[];
}

/**
 * Whether the policies let the connection through: the egress of the caller and the ingress of the receiver must both permit it (Kubernetes,
 * Concepts, Network Policies). Policies add up; none can deny. What a node sends to its own pods always passes, and is not asked here.
 */
export function reach(question: Question): Reach {
  const [leaves, enters] = [sideOf(question, 'Egress'), sideOf(question, 'Ingress')];
  return { permitted: leaves.verdict !== 'refused' && enters.verdict !== 'refused', leaves, enters };
}

/** Every policy that acts at the pod in this direction. */
export function isolatingPolicies(pod: PodEnd, type: 'Ingress' | 'Egress', policies: readonly NetworkPolicy[]): NetworkPolicy[] {
  return policies.filter(({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, pod.labels));
}

function sideOf({ from, to, port, policies }: Question, type: 'Ingress' | 'Egress'): SideReach {
  const [self, other] = type === 'Egress' ? [from, to] : [to, from];
  const nothing = { isolating: [], permitting: [] };
  if (self.kind === 'address') return { verdict: 'outside', ...nothing };
  if (self.hostNetwork) return { verdict: 'host-network', ...nothing };
  const isolating = isolatingPolicies(self, type, policies(self.namespace));
  if (isolating.length === 0) return { verdict: 'not-isolated', ...nothing };
  const permitting = isolating.filter((policy) => permits(policy, type, { other, port, receiver: to }));
  return { verdict: permitting.length > 0 ? 'permitted' : 'refused', isolating, permitting };
}

interface Asked {
  readonly other: Endpoint;
  readonly port: Port;
  readonly receiver: Endpoint;
}

function permits({ metadata, spec }: NetworkPolicy, type: 'Ingress' | 'Egress', { other, port, receiver }: Asked): boolean {
  const rules: readonly { readonly peers: readonly PolicyPeer[] | undefined; readonly ports: readonly PolicyPort[] | undefined }[] =
    type === 'Ingress'
      ? spec.ingress.map(({ from, ports }) => ({ peers: from, ports }))
      : spec.egress.map(({ to, ports }) => ({ peers: to, ports }));
  return rules.some(
    ({ peers, ports }) =>
      isAllOr(ports, (entry) => portCovers(entry, port, receiver)) && isAllOr(peers, (peer) => peerMeans(peer, metadata.namespace, other)),
  );
}

/** An absent or empty list of peers or ports stands for all of them (NetworkPolicy API). */
function isAllOr<T>(list: readonly T[] | undefined, fits: (item: T) => boolean): boolean {
  return list === undefined || list.length === 0 || list.some(fits);
}
