import type { Place } from '../document.ts';
import type { PortRange } from '../port.ts';
import type { LabelSelector } from '../selector.ts';

/** What happens to a workload that breaks the template: refused, admitted with a warning, or not looked at. */
export const MODES = ['enforce', 'audit', 'off'] as const;
export type Mode = (typeof MODES)[number];

/** The mode of a namespace that no document lists; `deny`: it may not be created, and is enforced with no rule. */
export const UNLISTED = ['enforce', 'audit', 'off', 'deny'] as const;
export type Unlisted = (typeof UNLISTED)[number];

export const EGRESS = ['declared', 'open'] as const;
export type Egress = (typeof EGRESS)[number];

export const ON_VIOLATION = ['report', 'quarantine'] as const;
export type OnViolation = (typeof ON_VIOLATION)[number];

/** Pods of a namespace, found by labels. */
export interface PodsPeer {
  readonly kind: 'pods';
  /** Exact name or prefix pattern (`pr-*`); absent: the namespace of the rule itself. */
  readonly namespace?: string;
  /** Empty: every pod of the namespace. */
  readonly pods: LabelSelector;
}

/** Addresses outside of the cluster. */
export interface CidrPeer {
  readonly kind: 'cidr';
  readonly cidr: string;
  readonly except: readonly string[];
}

/** The API server, by the addresses in the EndpointSlice of default/kubernetes. */
export interface ApiServerPeer {
  readonly kind: 'apiServer';
}

export type Peer = PodsPeer | CidrPeer | ApiServerPeer;

/**
 * One permitted connection. `in`: the pods of the rule receive, from `peers` (none: from anywhere).
 * `out`: the pods of the rule call `peers`.
 */
export interface Rule {
  /** Names the rule in messages; absent: messages use the place alone. */
  readonly name?: string;
  readonly place: Place;
  readonly pods: LabelSelector;
  readonly ports: readonly PortRange[];
  readonly direction: 'in' | 'out';
  readonly peers: readonly Peer[];
}

/** What one or more documents say of a namespace (name or prefix pattern). */
export interface NamespaceEntry {
  /** Exact name, or a prefix like `pr-*`. */
  readonly name: string;
  readonly place: Place;
  /** Only where the entry itself says so. */
  readonly mode?: Mode;
  readonly egress?: Egress;
  readonly hostNetwork: boolean;
  readonly hostPorts: readonly PortRange[];
  readonly onViolation: OnViolation;
  readonly rules: readonly Rule[];
}

/** Where names are resolved: pods, or addresses, on these ports; `off`: no DNS egress. */
export type Dns = 'off' | { readonly peer: PodsPeer | CidrPeer; readonly ports: readonly PortRange[] };

/** The merged template. Every default is applied except the mode of an entry, whose origin must be explained. */
export interface Template {
  readonly mode: Mode;
  /** Where `mode` was said; absent: the default (audit). */
  readonly modePlace?: Place;
  readonly unlisted: Unlisted;
  readonly unlistedPlace?: Place;
  readonly dns: Dns;
  readonly egress: Egress;
  /** Namespaces that the template exempts, beside Portcullis' own and the system's. Exact names or prefix patterns. */
  readonly exempt: readonly string[];
  readonly namespaces: readonly NamespaceEntry[];
  /** 12 hex digits of a SHA-256 over the canonical content; the same for the same meaning, whatever the layout of the documents. */
  readonly hash: string;
}
