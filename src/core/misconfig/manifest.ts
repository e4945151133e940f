import type { MapNode } from '../document.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import type { LabelSelector } from '../selector.ts';
import type { Workload } from '../workload.ts';
import type { PortUse } from './port-use.ts';
import type { Service } from './service.ts';

/** An object of the manifests, as far as the misconfigurations look at it. */
export interface Manifest {
  /** `Kind/namespace/name`, or `Kind/name` where the kind has no namespace; the same in two files is the same object. */
  readonly id: string;
  /** Where it lives; a Namespace is about itself. */
  readonly namespace: string;
  /** Its tree, for the places. */
  readonly node: MapNode;
}

export interface WorkloadManifest extends Manifest {
  readonly workload: Workload;
  /** What it writes as its own selector; absent where the API makes one, or the kind has none. */
  readonly selector?: LabelSelector;
  readonly portUses: readonly PortUse[];
  /** A custom resource that embeds a pod template: only matched with Services and policies, never found fault with. */
  readonly custom: boolean;
  /** Something in it is no port: what it declares is not known whole. */
  readonly faulty: boolean;
}

export interface ServiceManifest extends Manifest {
  readonly service: Service;
}

export interface PolicyManifest extends Manifest {
  readonly policy: NetworkPolicy;
}

/** A policy of another API (AdminNetworkPolicy, CiliumNetworkPolicy, ...): that it exists is all that is known. */
export interface OtherPolicyManifest extends Manifest {
  readonly wholeCluster: boolean;
}

export type ReadManifest =
  | { readonly is: 'workload'; readonly manifest: WorkloadManifest }
  | { readonly is: 'service'; readonly manifest: ServiceManifest }
  | { readonly is: 'policy'; readonly manifest: PolicyManifest }
  | { readonly is: 'namespace'; readonly manifest: Manifest }
  | { readonly is: 'other-policy'; readonly manifest: OtherPolicyManifest };
