import type { Finding } from '../../src/core/finding.ts';
import { port } from './scan.ts';

/** A finding that nobody authorized, of a listener that no probe reached; the fields say what else is true. */
export function finding(text: string, fields: Partial<Finding> = {}): Finding {
  return {
    port: port(text),
    declared: false,
    listening: 'yes',
    addresses: ['0.0.0.0'],
    reachable: 'no',
    hostNetwork: false,
    seenBy: ['agent', 'connect'],
    verdict: fields.authorized === undefined ? 'contained' : 'authorized',
    severity: fields.authorized === undefined ? 'warning' : 'fine',
    reason: 'a reason',
    ...fields,
  };
}

/** Open though nobody authorized it. */
export function exposed(text: string, fields: Partial<Finding> = {}): Finding {
  return finding(text, {
    reachable: 'yes',
    verdict: 'exposed',
    severity: 'violation',
    reason: 'open, though nobody authorized it',
    ...fields,
  });
}
