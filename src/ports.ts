import type { SourceText } from './core/document.ts';
import type { InsideView, OutsideView } from './core/finding.ts';
import type { NetworkPolicy } from './core/network-policy.ts';
import type { Port } from './core/port.ts';

/** The interfaces that the use cases need. Each adapter and its fake pass one contract suite (test/contract). */

/** Where NetworkPolicies are kept: the API server, or a folder of files. */
export interface PolicyStore {
  /** All policies of a namespace, ours and others. */
  list(namespace: string): Promise<readonly NetworkPolicy[]>;
  /** Makes or changes one policy to exactly this spec; answers what is stored then. */
  apply(policy: NetworkPolicy): Promise<NetworkPolicy>;
  /** Removes a policy; a missing one is quiet success. */
  remove(namespace: string, name: string): Promise<void>;
}

/** Where the documents of the template come from: files, a folder, or ConfigMaps. */
export interface TemplateSource {
  /** Delivers the documents now and after each change, grouped as they fail together (a folder: one group; ConfigMaps: one each). */
  watch(deliver: (groups: readonly TemplateGroup[]) => void): Promise<Stop>;
}

/** Documents that are accepted or refused together. */
export interface TemplateGroup {
  readonly name: string;
  readonly documents: readonly SourceText[];
}

export type Stop = () => Promise<void>;

/** The outside view: probes ports of an address, from where Portcullis runs. Never throws for what the network does. */
export interface Scanner {
  readonly engine: string;
  scan(target: ScanTarget, signal: AbortSignal): Promise<OutsideView>;
}

export interface ScanTarget {
  readonly address: string;
  /** The ports to probe; `all`: every TCP port. */
  readonly ports: readonly Port[] | 'all';
}

/** The inside view: the sockets of a pod's network namespace. Never throws for a process that went away. */
export interface SocketSource {
  readonly via: string;
  sockets(pod: PodAddress, signal: AbortSignal): Promise<InsideView>;
}

export interface PodAddress {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Clock {
  now(): Date;
}
