import type { NetworkPolicy } from '../core/network-policy.ts';
import type { Labels } from '../core/selector.ts';

/** What the use cases read of a cluster: caches that a watch keeps fresh. Never a call. */
export interface ClusterView {
  namespaces(): readonly NamespaceState[];
  namespace(name: string): NamespaceState | undefined;
  /** Every policy of the namespace, ours and others. */
  policies(namespace: string): readonly NetworkPolicy[];
  pods(namespace: string): readonly PodState[];
  /** The addresses of the API server. */
  apiServer(): readonly string[];
}

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
