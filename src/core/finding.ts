import type { Port } from './port.ts';

/** How a pod came to a state: the inside view lists sockets, the outside view lists answers to probes. Never mixed into one column. */

/** What one socket of the pod's network namespace accepts. */
export interface Listener {
  readonly port: Port;
  /** Canonical text of the local address: `0.0.0.0`, `::`, `127.0.0.1`, `10.244.1.7`; v4-mapped addresses as IPv4. */
  readonly address: string;
  /** UDP in the ephemeral range may be a client socket that never connected; one sample proves nothing. */
  readonly ephemeral: boolean;
  /** Name of the process, where privileges allow to know it. */
  readonly process?: string;
}

/** The inside view of one pod. `via` says by which way it was seen. */
export type InsideView =
  | { readonly known: true; readonly via: string; readonly listeners: readonly Listener[] }
  | { readonly known: false; readonly reason: string };

/** What a probe from another pod learned of a port. `open|filtered` UDP is `unknown`, never open (case 19). */
export type Reachability = 'open' | 'closed' | 'filtered' | 'unknown';

export interface Probe {
  readonly port: Port;
  readonly reachability: Reachability;
}

/** The outside view of one address. Only a whole result is known; a partial one may show what it saw (case 20). */
export type OutsideView =
  | { readonly known: true; readonly engine: string; readonly probes: readonly Probe[] }
  | { readonly known: false; readonly engine: string; readonly reason: string; readonly partial: readonly Probe[] };
