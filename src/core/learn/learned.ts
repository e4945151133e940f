import type { Port } from '../port.ts';
import type { LabelSelector, Labels } from '../selector.ts';
import type { Peer } from '../template/model.ts';

/** What was learned, with where each part comes from and what is doubtful of it, in a few words for a comment. */
export interface LearnedNamespace {
  readonly name: string;
  readonly rules: readonly LearnedRule[];
  /** Set: some workload uses the host network. */
  readonly hostNetwork?: string;
  readonly hostPorts: readonly LearnedPort[];
  /** Workloads that need no rule, and what else is worth a line. */
  readonly remarks: readonly string[];
}

export interface LearnedRule {
  readonly name?: string;
  readonly comment: string;
  readonly pods: LabelSelector;
  readonly podsComment: string;
  /** Of the workload itself, to ask a template whether it is permitted already. */
  readonly labels: Labels;
  readonly ports: readonly LearnedPort[];
  readonly from: LearnedPeers;
  readonly remarks: readonly string[];
}

export interface LearnedPort {
  readonly port: Port;
  readonly comment: string;
}

/** `anywhere`: no NetworkPolicy says who may connect, or one says something that no template can say. */
export type LearnedPeers =
  | { readonly kind: 'anywhere'; readonly comment: string }
  | { readonly kind: 'peers'; readonly peers: readonly { readonly peer: Peer; readonly comment: string }[] };
