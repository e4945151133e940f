import type { Protocol } from './port.ts';
import type { LabelSelector, Labels } from './selector.ts';

/**
 * A NetworkPolicy as raw JSON of networking.k8s.io/v1, the only form in which Portcullis reads and writes one: the client library's
 * typed model sends a rule without its `from` (kubernetes-client/javascript#2396), which opens it to everybody.
 */
export interface NetworkPolicy {
  readonly apiVersion: 'networking.k8s.io/v1';
  readonly kind: 'NetworkPolicy';
  readonly metadata: PolicyMetadata;
  readonly spec: NetworkPolicySpec;
}

export interface PolicyMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

export interface NetworkPolicySpec {
  readonly podSelector: LabelSelector;
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
  readonly ingress: readonly IngressRule[];
  readonly egress: readonly EgressRule[];
}

export interface IngressRule {
  readonly from?: readonly PolicyPeer[];
  readonly ports?: readonly PolicyPort[];
}

export interface EgressRule {
  readonly to?: readonly PolicyPeer[];
  readonly ports?: readonly PolicyPort[];
}

export interface PolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

export interface PolicyPort {
  readonly protocol?: Protocol;
  /** A number, or the name of a containerPort (only in policies of others: ours have numbers). */
  readonly port?: number | string;
  readonly endPort?: number;
}
