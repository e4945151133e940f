import { NAMESPACE_NAME_LABEL } from '../names.ts';
import type { Port } from '../port.ts';
import type { Labels } from '../selector.ts';

/** One end of a connection, as NetworkPolicies see it. */
export type Endpoint = PodEnd | AddressEnd;

export interface PodEnd {
  readonly kind: 'pod';
  readonly namespace: string;
  /** Of the namespace; the label of its name is there also where nobody wrote it. */
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
  /** Empty where no pod runs yet: then no ipBlock is known to hold it. */
  readonly addresses: readonly string[];
  readonly hostNetwork: boolean;
  /** The named ports of its containers: a policy may mean them by name. */
  readonly namedPorts: readonly NamedPort[];
}

/** Outside of the cluster, or the address of a node. */
export interface AddressEnd {
  readonly kind: 'address';
  readonly address: string;
}

export interface NamedPort {
  readonly name: string;
  readonly port: Port;
}

/** The labels of a namespace with the one that the API server always sets. */
export function withNameLabel(name: string, labels: Labels): Labels {
  return { ...labels, [NAMESPACE_NAME_LABEL]: name };
}
