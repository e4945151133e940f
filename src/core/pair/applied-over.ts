import { RULES_ANNOTATION } from '../names.ts';
import type { NetworkPolicy } from '../network-policy.ts';

/**
 * What is stored once `wanted` is applied over `there`, told without a call: the spec is ours whole, and of labels and annotations those of
 * others stay (server-side apply takes only its own fields away). The version and the times are those of `there`.
 */
export function appliedOver(wanted: NetworkPolicy, there: NetworkPolicy | undefined): NetworkPolicy {
  if (there === undefined) return wanted;
  const { [RULES_ANNOTATION]: _, ...foreign } = there.metadata.annotations ?? {};
  return {
    ...wanted,
    metadata: {
      ...there.metadata,
      labels: { ...there.metadata.labels, ...wanted.metadata.labels },
      annotations: { ...foreign, ...wanted.metadata.annotations },
    },
  };
}
