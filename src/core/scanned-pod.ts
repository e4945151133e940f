import type { PodState } from './cluster-state.ts';
import type { Finding } from './finding.ts';
import { formatPort } from './port.ts';

/** The last scan of one pod, as far as its consequences need it. */
export interface ScannedPod {
  readonly pod: PodState;
  readonly findings: readonly Finding[];
  /** When the pod was looked into. */
  readonly at: Date;
}

/** A port of a pod that a stranger reached though nobody authorized it. */
export interface ExposedPort {
  readonly pod: PodState;
  readonly finding: Finding;
}

/** The ports that are open though nobody authorized them, of pods that a policy can cover. */
export function exposedPorts(pods: readonly ScannedPod[]): ExposedPort[] {
  return pods.flatMap(({ pod, findings }) =>
    findings.flatMap((finding) => (finding.severity === 'violation' && !finding.hostNetwork ? [{ pod, finding }] : [])),
  );
}

/** `9999/TCP of pod api`. */
export function exposedText({ pod, finding }: ExposedPort): string {
  return `${formatPort(finding.port)} of pod ${pod.name}`;
}
