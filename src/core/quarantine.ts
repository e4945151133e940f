import { formatPort, type Port } from './port.ts';
import type { ScannedPod } from './scanned-pod.ts';
import type { Sample } from './second-sample.ts';
import type { ResolvedNamespace } from './template/resolve.ts';

/** What is known of a pod that bears the label: `pending`: nothing is proven yet; `open`: some port still answers. */
export const QUARANTINE_STATES = ['pending', 'shut', 'open'] as const;
export type QuarantineState = (typeof QUARANTINE_STATES)[number];

/** What a scan means for the quarantine of a pod. */
export type QuarantineDecision =
  | { readonly decision: 'none' }
  /** These ports are open though nobody authorized them, and nobody released the pod for them. */
  | { readonly decision: 'quarantine'; readonly ports: readonly Port[] }
  /** It should be, and cannot be. */
  | { readonly decision: 'impossible'; readonly ports: readonly Port[]; readonly reason: string };

export interface QuarantineInput {
  readonly namespace: ResolvedNamespace;
  readonly now: ScannedPod & Pick<Sample, 'twice'>;
  /** The ports for which somebody released this very pod. */
  readonly released: readonly Port[];
  /** Why no policy of ours can shut the pod; undefined where they can. */
  readonly unable?: string | undefined;
}

const NONE: QuarantineDecision = { decision: 'none' };

/**
 * Decides by the last scan. Only in mode enforce with `onViolation: quarantine`. A port must have answered in two samples: older policies take
 * hold on a new pod some hundred milliseconds after it starts, and until then every port of it is open. What is only `possible` never counts.
 */
export function quarantineDecision({ namespace, now, released, unable }: QuarantineInput): QuarantineDecision {
  if (namespace.mode !== 'enforce' || namespace.entry?.onViolation !== 'quarantine') return NONE;
  const confirmed = now.twice.map(formatPort);
  const excused = released.map(formatPort);
  const ports = openPorts(now)
    .filter((port) => confirmed.includes(formatPort(port)))
    .filter((port) => !excused.includes(formatPort(port)));
  if (ports.length === 0) return NONE;
  if (now.pod.hostNetwork) {
    return {
      decision: 'impossible',
      ports,
      reason: 'the pod is on the host network, which no NetworkPolicy covers; delete it, or move it off the host network',
    };
  }
  return unable === undefined ? { decision: 'quarantine', ports } : { decision: 'impossible', ports, reason: unable };
}

function openPorts({ findings }: ScannedPod): Port[] {
  return findings.flatMap(({ severity, reachable, port }) => (severity === 'violation' && reachable === 'yes' ? [port] : []));
}

/** The TCP ports that must be shut before a pod may be called quarantined: every one that was seen to answer or to listen. */
export function portsToShut({ findings }: ScannedPod): Port[] {
  return findings.flatMap(({ port, reachable, listening }) =>
    port.protocol === 'TCP' && (reachable === 'yes' || listening === 'yes') ? [port] : [],
  );
}
