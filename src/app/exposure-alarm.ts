import { formatPort } from '../core/port.ts';
import { openedOnce } from '../core/second-sample.ts';
import type { Announcer, Log } from '../ports.ts';
import type { PodResult, ResultListener } from './scan-results.ts';

/**
 * Tells people, by an Event on the pod and a line of the log, of each violation once: not again while it stands, and not before a second
 * sample said the same, since every port of a pod may be open for the moment in which the policies reach it.
 */
export function alarmExposures({ announce, log }: { readonly announce: Pick<Announcer, 'pod'>; readonly log: Log }): ResultListener {
  const told = new Map<string, ReadonlySet<string>>();
  return {
    judged: (now) => {
      const { pod } = now;
      const known = told.get(pod.uid) ?? new Set();
      const standing = standingViolations(now, known);
      told.set(pod.uid, new Set(standing.map(({ port }) => formatPort(port))));
      for (const { port, reason, process } of standing) {
        if (known.has(formatPort(port))) continue;
        const who = process === undefined ? '' : ` (${process})`;
        announce.pod(pod, 'PortExposed', `${formatPort(port)}${who}: ${reason}`);
        log.warn('a port is open that nobody authorized', { pod: `${pod.namespace}/${pod.name}`, port: formatPort(port), reason });
      }
    },
    gone: ({ uid }) => void told.delete(uid),
  };
}

/** Those that two samples show, and those that were told before: a restart begins with one sample again. */
function standingViolations(now: PodResult, known: ReadonlySet<string>): PodResult['findings'] {
  const doubtful = new Set(openedOnce(now).map(formatPort));
  return now.findings.filter(
    ({ severity, port }) => severity === 'violation' && (known.has(formatPort(port)) || !doubtful.has(formatPort(port))),
  );
}
