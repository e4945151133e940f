import { BLOCK_POLICY } from '../names.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import { ourMetadata } from './metadata.ts';

/** Nothing passes, in either direction, for any pod of the namespace. The empty lists are written out: an absent field is not owned, and a foreign rule in it would survive. */
export function blockPolicy(namespace: string, templateHash: string): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ourMetadata({ name: BLOCK_POLICY, namespace, templateHash }),
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
  };
}
