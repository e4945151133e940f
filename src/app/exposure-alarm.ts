import type { Finding } from '../core/finding.ts';
import { formatPort } from '../core/port.ts';
import type { Announcer, Log } from '../ports.ts';
import type { PodResult, ResultListener } from './scan-results.ts';

/** Tells people, by an Event on the pod and a line of the log, of each violation once: not again while it stands. */
export function alarmExposures({ announce, log }: { readonly announce: Pick<Announcer, 'pod'>; readonly log: Log }): ResultListener {
  return {
    judged: ({ pod, findings }, before) => {
      for (const { port, reason, process } of newViolations(before, findings)) {
        const who = process === undefined ? '' : ` (${process})`;
        announce.pod(pod, 'PortExposed', `${formatPort(port)}${who}: ${reason}`);
        log.warn('a port is open that nobody authorized', { pod: `${pod.namespace}/${pod.name}`, port: formatPort(port), reason });
      }
    },
    gone: () => {},
  };
}

function newViolations(before: PodResult | undefined, now: readonly Finding[]): Finding[] {
  const known = new Set(before?.findings.filter(isViolation).map(({ port }) => formatPort(port)));
  return now.filter((finding) => isViolation(finding) && !known.has(formatPort(finding.port)));
}

function isViolation({ severity }: Finding): boolean {
  return severity === 'violation';
}
