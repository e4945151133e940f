import type { AddressView, Reachability } from './finding.ts';
import { formatPort, type Port } from './port.ts';
import { probesOf } from './views.ts';

/** Whether NetworkPolicies do what they say: proved with probes, never assumed. */
export const ENFORCEMENT_STATES = ['enforced', 'not enforced', 'not proven'] as const;
export type EnforcementState = (typeof ENFORCEMENT_STATES)[number];

/** What is known of one node or namespace. */
export interface Enforcement {
  readonly state: EnforcementState;
  /** What was seen, or why nothing is proven. It names no time, so that the same state reads the same. */
  readonly reason: string;
  /** The probe that decided; absent where none did. */
  readonly evidence?: Evidence;
}

export interface Evidence {
  readonly port: Port;
  readonly address: string;
  /** The pod that probed, as `NAMESPACE/POD`. */
  readonly from: string;
  readonly at: Date;
}

/** Who probed, and when. */
export type Probed = Pick<Evidence, 'from' | 'at'>;

/** The ports on which every agent listens: its own policy permits the first and not the second (deploy/base/network-policy-agent.yaml). */
export const CANARY: { readonly permitted: Port; readonly denied: Port } = {
  permitted: { number: 9444, protocol: 'TCP' },
  denied: { number: 9445, protocol: 'TCP' },
};

/** Nothing can be said, and why. */
export function notProven(reason: string): Enforcement {
  return { state: 'not proven', reason };
}

/**
 * What the two canary ports of an agent prove of its node, from one whole view for each of its addresses. An answer of the denied port at
 * one address is enough for `not enforced`: an agent that enforces one family only leaves the other open. `enforced` needs all addresses.
 */
export function canaryEnforcement(views: readonly AddressView[], probed: Probed): Enforcement {
  const seen = views.map(({ address, view }) => ({
    address,
    view,
    states: new Map(probesOf(view).map((one) => [formatPort(one.port), one.reachability])),
  }));
  const open = seen.find(({ states }) => states.get(formatPort(CANARY.denied)) === 'open');
  if (open !== undefined) {
    return decided('not enforced', `${formatPort(CANARY.denied)} of its agent answers at ${open.address}, and no policy permits it`, {
      ...probed,
      port: CANARY.denied,
      address: open.address,
    });
  }
  for (const { address, view, states } of seen) {
    const doubt = view.known ? doubtOf(address, states) : `the probe of its agent at ${address} is not whole: ${view.reason}`;
    if (doubt !== undefined) return notProven(doubt);
  }
  const [first] = seen;
  if (first === undefined) return notProven('its agent has no address yet');
  const where = seen.map(({ address }) => address).join(' and ');
  return decided('enforced', `${formatPort(CANARY.permitted)} of its agent answers at ${where}, and ${formatPort(CANARY.denied)} is shut`, {
    ...probed,
    port: CANARY.denied,
    address: first.address,
  });
}

function doubtOf(address: string, states: ReadonlyMap<string, Reachability>): string | undefined {
  const [permitted, denied] = [states.get(formatPort(CANARY.permitted)), states.get(formatPort(CANARY.denied))];
  if (permitted !== 'open') return `${formatPort(CANARY.permitted)} of its agent, which a policy permits, does not answer at ${address}`;
  return denied === 'closed' || denied === 'filtered'
    ? undefined
    : `nothing is known of ${formatPort(CANARY.denied)} of its agent at ${address}`;
}

/** A state that a probe decided. */
export function decided(state: 'enforced' | 'not enforced', reason: string, evidence: Evidence): Enforcement {
  return { state, reason, evidence };
}

/** One line for people, with where it was probed from and when. */
export function enforcementText({ state, reason, evidence }: Enforcement): string {
  const probed = evidence === undefined ? '' : ` (probed from ${evidence.from} at ${evidence.at.toISOString()})`;
  return `${state}: ${reason}${probed}`;
}
