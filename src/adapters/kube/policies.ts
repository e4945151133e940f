import type { NetworkPolicy } from '../../core/network-policy.ts';
import { readNetworkPolicy } from '../../core/pair/read.ts';
import { asRecord, textOf } from '../../core/unknown.ts';
import { type Share, unshared } from './share.ts';

/** In which kubectl keeps the whole policy once more. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What Portcullis keeps of a NetworkPolicy; undefined where it has no spec. The specs of most namespaces are equal: they are kept once. */
export function keepPolicy(raw: unknown, share: Share = unshared): NetworkPolicy | undefined {
  const policy = readNetworkPolicy(raw, textOf(asRecord(asRecord(raw).metadata).namespace));
  if (policy === undefined) return undefined;
  const { name, labels, annotations, ...metadata } = policy.metadata;
  return {
    ...policy,
    metadata: {
      name: share(name),
      ...metadata,
      ...(labels === undefined ? {} : { labels: share(labels) }),
      ...(annotations === undefined ? {} : { annotations: share(withoutLastApplied(annotations)) }),
    },
    spec: share(policy.spec),
  };
}

function withoutLastApplied({ [LAST_APPLIED]: _, ...annotations }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return annotations;
}
