import { describe, expect, it } from 'vitest';
import { readNetworkPolicy } from '../../../../src/core/pair/read.ts';
import { wideningsOf } from '../../../../src/core/pair/widening.ts';
import { policyPair } from '../../../../src/core/policy-pair.ts';
import { authorityOf, entry, ranges, ruleIn, ruleOut } from '../../../support/template.ts';

const API = { matchLabels: { app: 'api' } };
const rules = [
  ruleIn({ pods: API, ports: ranges('8080', '9000-9100') }),
  ruleIn({ ports: ranges('22'), peers: [{ kind: 'pods', namespace: 'web', pods: {} }] }),
  ruleIn({ ports: ranges('23'), peers: [{ kind: 'cidr', cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] }] }),
  ruleOut([{ kind: 'cidr', cidr: '10.0.0.0/8', except: [] }], { pods: API, ports: ranges('443') }),
];
const web = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } }, podSelector: {} };

/** What a foreign policy of shop opens beyond the pair. */
function widenings(spec: object, egress: 'declared' | 'open' = 'declared'): string[] {
  const pair = policyPair('shop', authorityOf([entry('shop', { egress, rules })], { dns: 'off' }), { namespaces: [], apiServer: [] });
  const policy = readNetworkPolicy({ metadata: { name: 'mine' }, spec }, 'shop');
  if (policy === undefined) throw new Error('no policy');
  return wideningsOf(policy, pair);
}

describe('a foreign policy widens the pair', () => {
  const table: Record<string, [widenings: string[], expected: string[]]> = {
    'not, when it opens nothing': [widenings({ podSelector: {}, ingress: [] }), []],
    'not, when it opens what the same pods have open': [widenings({ podSelector: API, ingress: [{ ports: [{ port: 8080 }] }] }), []],
    'not, when its selector says the same in other words': [
      widenings({
        podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['api'] }] },
        ingress: [{ ports: [{ port: 8080 }] }],
      }),
      [],
    ],
    'not, when it opens a part of a range to fewer': [
      widenings({ podSelector: API, ingress: [{ from: [web], ports: [{ port: 9001, endPort: 9100 }] }] }),
      [],
    ],
    'not, when every pod has it open': [widenings({ podSelector: API, ingress: [{ from: [web], ports: [{ port: 22 }] }] }), []],
    'not, when it opens the same addresses': [
      widenings({
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } }], ports: [{ port: 23 }] }],
      }),
      [],
    ],
    'not by egress, where all of it is open': [widenings({ podSelector: API, policyTypes: ['Egress'], egress: [{}] }, 'open'), []],
    'not by rules for a direction that it does not mean': [
      widenings({ podSelector: {}, policyTypes: ['Egress'], ingress: [{}], egress: [] }),
      [],
    ],
    'by a port that other pods have open': [
      widenings({ podSelector: {}, ingress: [{ ports: [{ port: 8080 }] }] }),
      ['opens 8080/TCP from anywhere'],
    ],
    'by another protocol': [
      widenings({ podSelector: API, ingress: [{ ports: [{ port: 8080, protocol: 'UDP' }] }] }),
      ['opens 8080/UDP from anywhere'],
    ],
    'by a range that goes one port too far': [
      widenings({ podSelector: API, ingress: [{ ports: [{ port: 9000, endPort: 9101 }] }] }),
      ['opens 9000-9101/TCP from anywhere'],
    ],
    'by a port given by name, which may be any number': [
      widenings({ podSelector: API, ingress: [{ ports: [{ port: 'http' }] }] }),
      ['opens http/TCP from anywhere'],
    ],
    'by every port of a protocol': [
      widenings({ podSelector: API, ingress: [{ ports: [{ protocol: 'UDP' }] }] }),
      ['opens every UDP port from anywhere'],
    ],
    'by every port': [widenings({ podSelector: API, ingress: [{ from: [web] }] }), ['opens every port from pods of namespace web']],
    'by an empty list of peers, which means everybody': [
      widenings({ podSelector: {}, ingress: [{ from: [], ports: [{ port: 22 }] }] }),
      ['opens 22/TCP from anywhere'],
    ],
    'by addresses that were excepted': [
      widenings({ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 23 }] }] }),
      ['opens 23/TCP from 10.0.0.0/8'],
    ],
    'by pods of its own namespace': [
      widenings({ podSelector: {}, ingress: [{ from: [{ podSelector: API }, { podSelector: {} }], ports: [{ port: 22 }] }] }),
      ['opens 22/TCP from pods app=api of its namespace', 'opens 22/TCP from pods of its namespace'],
    ],
    'by pods of every namespace': [
      widenings({ podSelector: {}, ingress: [{ from: [{ namespaceSelector: {}, podSelector: API }], ports: [{ port: 22 }] }] }),
      ['opens 22/TCP from pods app=api of every namespace'],
    ],
    'by pods of namespaces with a label': [
      widenings({ podSelector: {}, ingress: [{ from: [{ namespaceSelector: API }], ports: [{ port: 22 }] }] }),
      ['opens 22/TCP from pods of namespaces app=api'],
    ],
    'by egress, said once though two rules say it': [
      widenings({ podSelector: API, egress: [{ ports: [{ port: 443 }] }, { ports: [{ port: 443 }] }] }),
      ['opens 443/TCP to anywhere'],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [found, expected]) => expect(found).toEqual(expected));
});
