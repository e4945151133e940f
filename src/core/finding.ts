import type { Port } from './port.ts';
import type { Listening, Reachable, Severity, Verdict } from './verdict.ts';

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

/** The inside view of one pod. `via` says by which way it was seen, `cannotSee` in a few words what that way never shows. */
export type InsideView =
  | { readonly known: true; readonly via: string; readonly listeners: readonly Listener[]; readonly cannotSee?: string }
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

/** An outside view, and the address of the pod at which it was taken. */
export interface AddressView {
  readonly address: string;
  readonly view: OutsideView;
}

/** What is known of one pod, ready to be judged. */
export interface FindingInput {
  /** Of containers, init containers and sidecars. */
  readonly declared: readonly Port[];
  /** Declared by containers that have ended or are still to come (of an init container, and while one runs): nobody misses their sockets. */
  readonly ended: readonly Port[];
  /** The rule that authorizes the port, in words. */
  authorized(port: Port): string | undefined;
  readonly inside: InsideView;
  /** The pod's own: a listener there is open to others, also where a process of this machine stands for a pod at a loopback address. */
  readonly podAddresses?: readonly string[];
  /** The inside view of the sample before, of the same pod with the same restarts. */
  readonly previous?: InsideView;
  /** One for each address of the pod. */
  readonly outside: readonly AddressView[];
  /** The namespace is the node's: listeners may belong to others, and no policy covers them (case 04). */
  readonly hostNetwork: boolean;
}

/** One port of one pod. */
export interface Finding {
  readonly port: Port;
  readonly declared: boolean;
  /** The rule, in words; absent: nobody authorized it. */
  readonly authorized?: string;
  readonly listening: Listening;
  /** Where it listens, each address once. */
  readonly addresses: readonly string[];
  readonly process?: string;
  readonly reachable: Reachable;
  readonly hostNetwork: boolean;
  /** By which ways it was seen: the inside source and the engines outside, as far as they knew. */
  readonly seenBy: readonly string[];
  /** What the inside source never shows, in a few words: there may be more than was found. */
  readonly cannotSee?: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  readonly reason: string;
}
