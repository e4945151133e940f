import type { Port, PortRange } from '../port.ts';
import type { LabelSelector, Labels } from '../selector.ts';
import type { Peer } from '../template/model.ts';

/** What was learned, with where each part comes from and what is doubtful of it, in a few words for a comment. */
export interface LearnedNamespace {
  readonly name: string;
  readonly rules: readonly LearnedRule[];
  /** Set: every workload is bound by policies in what it calls, and all that they permit is in the rules. */
  readonly egress?: string;
  /** Set: some workload uses the host network. */
  readonly hostNetwork?: string;
  readonly hostPorts: readonly LearnedPort[];
  /** Workloads that need no rule, and what else is worth a line. */
  readonly remarks: readonly string[];
}

/** `in`: the pods receive from the peers. `out`: they call the peers, never `anywhere`. */
export interface LearnedRule {
  readonly name?: string;
  readonly direction: 'in' | 'out';
  readonly comment: string;
  readonly pods: LabelSelector;
  readonly podsComment: string;
  /** Of the workload itself, to ask a template whether it is permitted already. */
  readonly labels: Labels;
  readonly ports: readonly LearnedRange[];
  readonly peers: LearnedPeers;
  readonly remarks: readonly string[];
}

export interface LearnedPort {
  readonly port: Port;
  readonly comment: string;
}

export interface LearnedRange {
  readonly range: PortRange;
  readonly comment: string;
}

/** `anywhere`: no NetworkPolicy says who may connect, or one says something that no template can say. */
export type LearnedPeers =
  | { readonly kind: 'anywhere'; readonly comment: string }
  | { readonly kind: 'peers'; readonly peers: readonly LearnedPeer[] };

export interface LearnedPeer {
  readonly peer: Peer;
  readonly comment: string;
}
