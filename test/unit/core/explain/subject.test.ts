import { describe, expect, it } from 'vitest';
import { explainSubject } from '../../../../src/core/explain/subject.ts';
import { readWorld } from '../../../../src/core/reach/world.ts';
import type { NamespaceEntry } from '../../../../src/core/template/model.ts';
import { at, authorityOf, entry, ranges, ruleIn, ruleOut } from '../../../support/template.ts';

const API = ruleIn({ name: 'api', place: at(14), pods: { matchLabels: { app: 'api' } }, ports: ranges('80', '90-99/UDP') });
const CALL = ruleOut([{ kind: 'cidr', cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] }], {
  place: at(20),
  pods: API.pods,
  ports: ranges('443'),
});
const shop = (fields: Partial<NamespaceEntry> = {}) => entry('shop', { place: at(11), rules: [API, CALL], ...fields });

/** What is explained of a pod with these ports. */
function explained(namespaces: NamespaceEntry[], pod: object, port?: Parameters<typeof explainSubject>[2]) {
  const authority = authorityOf(namespaces, { unlisted: 'audit' });
  const metadata = { name: 'api', namespace: 'shop', labels: { app: 'api' } };
  const world = readWorld([{ value: { apiVersion: 'v1', kind: 'Pod', metadata, ...pod } }], 'default');
  const [subject] = world.subjects;
  if (subject === undefined) throw new Error('no pod');
  return explainSubject(subject, { authority, world, facts: { namespaces: ['shop'], apiServer: [] }, policiesAreReal: false }, port);
}
const spec = (ports: object[], more: object = {}) => ({ spec: { containers: [{ name: 'main', ports }], ...more } });
const tcp = (number: number) => ({ number, protocol: 'TCP' as const });
const closed = (name: string, ...directions: string[]) => ({ name, owner: 'portcullis', directions, opens: [] });

describe('a workload is explained', () => {
  it('with the rule of each port, whom it calls, and the policies that act', () => {
    expect(explained([shop()], spec([{ containerPort: 80, name: 'http' }]))).toEqual({
      verdict: 'permitted',
      mode: 'enforce',
      origin: 'the built-in default',
      ports: [
        { port: tcp(80), name: 'http', containers: ['main'], authorizedBy: [{ rule: 'rule api, template.yaml:14', from: 'anywhere' }] },
      ],
      undeclared: ranges('90-99/UDP'),
      calls: [{ ports: '443/TCP', to: '10.0.0.0/8 except 10.9.0.0/16', rule: 'the rule at template.yaml:20' }],
      policies: [
        closed('portcullis-block', 'ingress', 'egress'),
        closed('portcullis-allow', 'egress'),
        closed('portcullis-allow-eca00677fa', 'ingress'),
        closed('portcullis-allow-eca00677fa-egress', 'egress'),
      ],
      violations: [],
      notes: [],
      remedy: [],
    });
  });

  const table: Record<string, [ReturnType<typeof explained>, object]> = {
    'refused, with what would permit it': [
      explained([shop()], spec([{ containerPort: 81 }])),
      {
        verdict: 'refused',
        ports: [{ port: tcp(81), containers: ['main'], authorizedBy: [] }],
        remedy: [
          'To permit this, add under namespace shop (template.yaml:11):',
          '  rules:',
          '    - pods: {app: api}',
          '      ports: [81/TCP]',
        ],
      },
    ],
    'admitted in audit': [explained([shop({ mode: 'audit' })], spec([{ containerPort: 81 }])), { verdict: 'audit', policies: [] }],
    'not judged where the mode is off': [
      explained([shop({ mode: 'off' })], spec([{ containerPort: 81 }])),
      { verdict: 'not-judged', remedy: [] },
    ],
    'on the host network, where no policy covers it': [
      explained([shop({ hostNetwork: true })], spec([{ containerPort: 80 }], { hostNetwork: true })),
      {
        verdict: 'permitted',
        policies: [],
        notes: ['on the host network: no policy covers these pods, and their ports are those of the node'],
      },
    ],
    'by one port alone': [
      explained([shop()], spec([{ containerPort: 80 }, { containerPort: 81 }]), tcp(80)),
      { verdict: 'permitted', undeclared: [] },
    ],
    'by a port that nobody declares, which the template has': [
      explained([shop()], spec([]), { number: 95, protocol: 'UDP' }),
      {
        verdict: 'permitted',
        ports: [
          {
            port: { number: 95, protocol: 'UDP' },
            containers: [],
            authorizedBy: [{ rule: 'rule api, template.yaml:14', from: 'anywhere' }],
          },
        ],
      },
    ],
    'by a port that nobody declares, which the template has not': [
      explained([shop()], spec([]), tcp(81)),
      { verdict: 'refused', ports: [{ port: tcp(81), containers: [], authorizedBy: [] }] },
    ],
    'in a namespace that no document lists': [
      explained([], spec([{ containerPort: 80 }])),
      { verdict: 'audit', mode: 'audit', origin: 'the built-in unlisted: audit' },
    ],
  };
  it.each(Object.entries(table))('%s', (_, [explanation, expected]) => expect(explanation).toMatchObject(expected));
});
