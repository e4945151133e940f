import type { Labels } from './selector.ts';

/** What Portcullis keeps of the objects of a cluster: only what a decision needs. */

export interface NamespaceState {
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly terminating: boolean;
  readonly created: Date;
}

export interface PodState {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly phase: string;
  readonly deleting: boolean;
  readonly hostNetwork: boolean;
  readonly nodeName: string;
  readonly addresses: readonly string[];
  readonly schedulingGates: readonly string[];
  /** One number for all restarts of all containers: a change means new sockets. */
  readonly restarts: number;
  /** Whether some container runs. */
  readonly running: boolean;
  /** The Pod as far as `readWorkload` needs it. */
  readonly object: unknown;
}
