import type { NetworkPolicy } from '../../core/network-policy.ts';
import { readNetworkPolicy } from '../../core/pair/read.ts';
import { asRecord, textOf } from '../../core/unknown.ts';

/** In which kubectl keeps the whole policy once more. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What Portcullis keeps of a NetworkPolicy; undefined where it has no spec. */
export function keepPolicy(raw: unknown): NetworkPolicy | undefined {
  const policy = readNetworkPolicy(raw, textOf(asRecord(asRecord(raw).metadata).namespace));
  if (policy?.metadata.annotations?.[LAST_APPLIED] === undefined) return policy;
  const { [LAST_APPLIED]: _, ...annotations } = policy.metadata.annotations;
  return { ...policy, metadata: { ...policy.metadata, annotations } };
}
