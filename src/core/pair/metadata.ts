import { MANAGED_BY, MANAGED_BY_LABEL, TEMPLATE_ANNOTATION } from '../names.ts';
import type { NetworkPolicy, PolicyMetadata } from '../network-policy.ts';

/** The metadata of a policy that is ours. */
export function ourMetadata(
  { name, namespace, templateHash }: { readonly name: string; readonly namespace: string; readonly templateHash: string },
  annotations: Readonly<Record<string, string>> = {},
): PolicyMetadata {
  return {
    name,
    namespace,
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
    annotations: { ...annotations, [TEMPLATE_ANNOTATION]: templateHash },
  };
}

/** Whether the policy bears our mark of ownership. Only such a one is ever changed or deleted (case 16). */
export function isOurs(policy: Pick<NetworkPolicy, 'metadata'>): boolean {
  return policy.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY;
}
