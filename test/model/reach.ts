import type { NetworkPolicy } from '../../src/core/network-policy.ts';
import { type PodEnd, withNameLabel } from '../../src/core/reach/endpoint.ts';
import { reach } from '../../src/core/reach/reach.ts';
import { type Attempt, attemptText } from './matrix.ts';
import type { PlacedPod } from './universe.ts';

/** The attempts for which `explain` says something else than was measured, a sentence each: it reads the very policies that are stored. */
export function explainedOtherwise(attempts: readonly Attempt[], measured: readonly boolean[], stored: readonly NetworkPolicy[]): string[] {
  const policies = (namespace: string) => stored.filter(({ metadata }) => metadata.namespace === namespace);
  return attempts.flatMap((attempt, index) => {
    const { from, to, port } = attempt;
    const { permitted } = reach({ from: podEnd(from), to: podEnd(to), port, policies });
    if (permitted === measured[index]) return [];
    return [`${attemptText(attempt)} ${measured[index] ? 'passes' : 'is stopped'}; by explain it ${permitted ? 'passes' : 'is stopped'}`];
  });
}

function podEnd({ namespace, labels, ip }: PlacedPod): PodEnd {
  return {
    kind: 'pod',
    namespace,
    namespaceLabels: withNameLabel(namespace, {}),
    labels,
    addresses: [ip],
    hostNetwork: false,
    namedPorts: [],
  };
}
