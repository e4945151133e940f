import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../../src/adapters/yaml/read.ts';
import { toValue } from '../../../src/core/document.ts';
import { findings } from '../../../src/core/pod-findings.ts';
import { formatPort } from '../../../src/core/port.ts';
import { portsToProbe } from '../../../src/core/probe-list.ts';
import { scanSubject } from '../../../src/core/scan-subject.ts';
import { inside, listener, NO_AGENT, outside, podState, port } from '../../support/scan.ts';
import { at, authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const CASE = new URL('../../fixtures/cases/08-native-sidecar-port/', import.meta.url);

function pod(...containers: unknown[]): unknown {
  return { spec: { initContainers: [{ name: 'setup', ports: [{ containerPort: 7000 }, { containerPort: 80 }] }], containers } };
}

const authority = authorityOf([
  entry('shop', {
    rules: [
      ruleIn({ name: 'api', place: at(14), pods: { matchLabels: { app: 'api' } }, ports: ranges('80', '9000-9002/UDP') }),
      ruleIn({ place: at(20), ports: ranges('10000-20000') }),
      ruleIn({ name: 'db', pods: { matchLabels: { app: 'db' } }, ports: ranges('5432') }),
    ],
  }),
]);
const subject = scanSubject(
  podState({ object: pod({ name: 'api', ports: [{ containerPort: 80 }, { containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] }) }),
  authority,
);

describe('what a scan knows of a pod before', () => {
  it('are its declared ports, each once, and which of them belong to init containers only', () => {
    expect([subject.declared, subject.ended].map((list) => list.map(formatPort))).toEqual([['7000/TCP', '80/TCP', '53/UDP'], ['7000/TCP']]);
  });

  it('expects no port of a pod whose init containers still run', () => {
    const object = pod({ name: 'api', ports: [{ containerPort: 80 }] });
    const { declared, ended } = scanSubject(podState({ phase: 'Pending', object }), authority);
    expect([declared, ended].map((list) => list.map(formatPort))).toEqual([
      ['7000/TCP', '80/TCP'],
      ['7000/TCP', '80/TCP'],
    ]);
  });

  it('is which rule authorizes a port, in words', () => {
    expect(['80', '9001/UDP', '9001', '10500', '5432'].map((text) => subject.authorized(port(text)))).toEqual([
      'rule api, template.yaml:14',
      'rule api, template.yaml:14',
      undefined,
      'rule template.yaml:20',
      undefined,
    ]);
  });

  it('is what to probe: declared, authorized, listening and asked for, each once; long ranges only where somebody names the port', () => {
    const listed = portsToProbe(subject, inside(listener('9999'), listener('10500'), listener('80', '::')), [port('22'), port('80')]);
    expect(listed.map(formatPort)).toEqual([
      '22/TCP',
      '53/UDP',
      '80/TCP',
      '7000/TCP',
      '9000/UDP',
      '9001/UDP',
      '9002/UDP',
      '9999/TCP',
      '10500/TCP',
    ]);
    expect(portsToProbe(subject, NO_AGENT, []).map(formatPort)).not.toContain('10500/TCP');
  });

  it('counts the port of a native sidecar as declared (case 08)', () => {
    const text = readFileSync(new URL('input.yaml', CASE), 'utf8');
    const [document] = readDocuments({ document: 'input.yaml', text }).documents;
    const object = document === undefined ? {} : toValue(document);
    const billing = authorityOf([entry('billing', { rules: [ruleIn({ ports: ranges('8080', '9443') })] })]);
    const ledger = scanSubject(podState({ namespace: 'billing', name: 'ledger', object }), billing);
    const found = findings({
      ...ledger,
      inside: inside(listener('8080', '::'), listener('9443', '::')),
      outside: [outside({ '8080/TCP': 'open', '9443/TCP': 'open' })],
      hostNetwork: false,
    });
    expect(found.map((one) => [formatPort(one.port), one.verdict])).toEqual([
      ['8080/TCP', 'authorized'],
      ['9443/TCP', 'authorized'],
    ]);
  });
});
