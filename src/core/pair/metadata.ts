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

/**
 * Whether the policy is ours by one of our two marks. Only such a one is ever changed or deleted (case 16). Either suffices: whoever takes
 * the label off a policy that we made has changed it, and does not own it.
 */
export function isOurs({ metadata }: Pick<NetworkPolicy, 'metadata'>): boolean {
  return isLabeled({ metadata }) || metadata.annotations?.[TEMPLATE_ANNOTATION] !== undefined;
}

/** Whether the policy bears our label, by which people and the hook know it. */
export function isLabeled({ metadata }: Pick<NetworkPolicy, 'metadata'>): boolean {
  return metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY;
}
