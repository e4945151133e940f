import type { Violation } from '../checks.ts';
import { formatPort } from '../port.ts';

/** What a violation is about, in one or two words: `81/TCP`, `hostPort 8081/TCP`, `hostNetwork`. */
export function violationPhrase({ code, port, hostPort }: Violation): string {
  if (port === undefined) return 'hostNetwork';
  return code === 'host-port-not-permitted' ? `hostPort ${hostPort}/${port.protocol}` : formatPort(port);
}
