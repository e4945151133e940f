import { describe, expect, it } from 'vitest';
import { enforcementText } from '../../../src/core/enforcement.ts';
import type { Finding } from '../../../src/core/finding.ts';
import { type NamespaceSight, namespaceEnforcement, sampleKey } from '../../../src/core/namespace-enforcement.ts';
import { exposedPorts } from '../../../src/core/scanned-pod.ts';
import { finding } from '../../support/findings.ts';
import { podState } from '../../support/scan.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const PROBED = { from: 'portcullis-system/prober', at: AT };
const CONTROL = finding('8080', { authorized: 'rule api', reachable: 'yes' });
const SHUT = finding('9999', { reachable: 'no', verdict: 'contained', severity: 'warning' });
const OPEN = finding('9999', { reachable: 'yes', verdict: 'exposed', severity: 'violation' });

function say(findings: readonly Finding[], fields: Partial<NamespaceSight> = {}): string {
  const sight: NamespaceSight = {
    pods: [{ pod: podState(), findings, at: AT }],
    inPlace: true,
    probed: PROBED,
    openedBy: () => [],
    confirmed: () => undefined,
    ...fields,
  };
  const { evidence: _, ...said } = namespaceEnforcement(sight);
  return enforcementText(said);
}

const ANSWERS = { confirmed: () => ({ address: '10.0.0.7' }) };
const OPENED = { openedBy: () => ['debug', 'wide'] };

describe('a namespace', () => {
  const table: Record<string, [said: string, expected: string]> = {
    'is enforced where an unauthorized listener is shut and an authorized port answers': [
      say([CONTROL, SHUT]),
      'enforced: 9999/TCP of pod api listens and is shut, while 8080/TCP of pod api answers',
    ],
    'is not proven where nothing else answers': [
      say([SHUT]),
      'not proven: 9999/TCP of pod api is shut, but no authorized TCP port of the namespace answers: perhaps nothing gets there at all',
    ],
    'is not proven where nothing must be shut': [
      say([CONTROL]),
      'not proven: no TCP port listens in it that nobody authorized, so no probe can show that one is shut',
    ],
    'is not enforced where an unauthorized port answers three times though the pair is in place': [
      say([CONTROL, OPEN], ANSWERS),
      'not enforced: 9999/TCP of pod api answers at 10.0.0.7, though its policies are in place and none permits it',
    ],
    'also where another port is shut': [
      say([CONTROL, { ...SHUT, port: { number: 7777, protocol: 'TCP' } }, OPEN], ANSWERS),
      'not enforced: 9999/TCP of pod api answers at 10.0.0.7, though its policies are in place and none permits it',
    ],
    'is not proven after one answer': [say([CONTROL, OPEN]), 'not proven: 9999/TCP of pod api answered once; two more samples will tell'],
    'is judged by the rest where two further samples were not answered': [
      say([CONTROL, { ...SHUT, port: { number: 7777, protocol: 'TCP' } }, OPEN], { confirmed: () => 'shut' }),
      'enforced: 7777/TCP of pod api listens and is shut, while 8080/TCP of pod api answers',
    ],
    'is not blamed for what a policy of somebody else opens': [
      say([CONTROL, OPEN], { ...ANSWERS, ...OPENED }),
      'not proven: 9999/TCP of pod api answers, also allowed by NetworkPolicy debug, wide',
    ],
    'is not proven while the pair is not in place': [
      say([CONTROL, OPEN], { ...ANSWERS, inPlace: false }),
      'not proven: its policies are not in place',
    ],
    'is not proven without a scan': [say([], { pods: [] }), 'not proven: no pod of it was scanned yet'],
    'is not blamed for pods on the host network, which no policy covers': [
      say([{ ...OPEN, hostNetwork: true }], ANSWERS),
      'not proven: no TCP port listens in it that nobody authorized, so no probe can show that one is shut',
    ],
    'is not judged by UDP, where silence says nothing': [
      say([CONTROL, { ...SHUT, port: { number: 53, protocol: 'UDP' } }]),
      'not proven: no TCP port listens in it that nobody authorized, so no probe can show that one is shut',
    ],
  };
  it.each(Object.entries(table))('%s', (_, [said, expected]) => expect(said).toBe(expected));

  it('remembers samples by pod and port', () => {
    const [exposed] = exposedPorts([{ pod: podState(), findings: [OPEN], at: AT }]);
    expect(exposed && sampleKey(exposed)).toBe('uid-1 9999/TCP');
  });
});
