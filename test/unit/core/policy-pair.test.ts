import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../src/core/authority.ts';
import type { EgressRule, NetworkPolicy, NetworkPolicySpec } from '../../../src/core/network-policy.ts';
import { allowName } from '../../../src/core/pair/allow.ts';
import type { ClusterFacts } from '../../../src/core/pair/peers.ts';
import { type PolicyPair, policyPair } from '../../../src/core/policy-pair.ts';
import type { LabelSelector } from '../../../src/core/selector.ts';
import type { NamespaceEntry, Peer, Template } from '../../../src/core/template/model.ts';
import { NAMESPACES, templates } from '../../support/arbitrary.ts';
import { at, authorityOf, entry, ranges, ruleIn, ruleOut, template } from '../../support/template.ts';

const API: LabelSelector = { matchLabels: { app: 'api' } };
const FRONT: LabelSelector = { matchLabels: { app: 'front' } };
const NOWHERE: ClusterFacts = { namespaces: [], apiServer: [] };

const TCP_80 = { protocol: 'TCP', port: 80 } as const;
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const SORTED = [
  TCP_80,
  { protocol: 'TCP', port: 81 },
  { protocol: 'TCP', port: 30000, endPort: 30010 },
  { protocol: 'UDP', port: 40000 },
] as const;
const OWN = { to: [{ podSelector: {} }], ports: [TCP_80] };
const DNS: EgressRule = {
  to: [{ ...inNamespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
  ports: [
    { protocol: 'TCP', port: 53 },
    { protocol: 'UDP', port: 53 },
  ],
};

function pair(entries: NamespaceEntry[], fields: Partial<Template> = {}, facts = NOWHERE, name = 'shop'): PolicyPair {
  return policyPair(name, authorityOf(entries, { dns: 'off', ...fields }), facts);
}

/** What the allow policies of shop say, by name. */
function specs({ allow }: PolicyPair): Record<string, NetworkPolicySpec> {
  return Object.fromEntries(allow.map(({ metadata, spec }) => [metadata.name, spec]));
}

function spec(
  podSelector: LabelSelector,
  ingress: NetworkPolicySpec['ingress'],
  egress: NetworkPolicySpec['egress'] = [],
): NetworkPolicySpec {
  return { podSelector, policyTypes: [ingress.length > 0 ? 'Ingress' : 'Egress'], ingress, egress };
}

const shop = (...rules: NamespaceEntry['rules']) => entry('shop', { rules });

describe('the policy that closes', () => {
  it('names nothing and nobody, whatever the template says', () => {
    expect(pair([]).block).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {
        name: 'portcullis-block',
        namespace: 'shop',
        labels: { 'app.kubernetes.io/managed-by': 'portcullis' },
        annotations: { 'portcullis.dev/template': '0123456789ab' },
      },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
    });
  });
});

describe('the policies that let through', () => {
  const from = (...peers: Peer[]) => shop(ruleIn({ pods: API, ports: ranges('80'), peers }));
  const to = (...peers: Peer[]) => shop(ruleOut(peers, { pods: API, ports: ranges('80') }));
  const api = allowName(API, 'ingress');
  const apiOut = allowName(API, 'egress');
  const opened = (...peers: object[]) => ({
    'portcullis-allow': spec({}, [], [OWN]),
    [api]: spec(API, [{ from: peers, ports: [TCP_80] }]),
  });
  const previews: Peer = { kind: 'pods', namespace: 'pr-*', pods: FRONT };
  const existing = (...namespaces: string[]) => ({ namespaces, apiServer: [] });
  const CLOSED = spec({}, []);

  const table: Record<string, [made: PolicyPair, expected: Record<string, NetworkPolicySpec>]> = {
    'of a namespace without rules let nothing through': [pair([shop()]), { 'portcullis-allow': CLOSED }],
    'of a namespace that no document lists let nothing through': [pair([]), { 'portcullis-allow': CLOSED }],
    'of a rule with `ports: []` let nothing through': [pair([shop(ruleIn({ pods: API, ports: [] }))]), { 'portcullis-allow': CLOSED }],
    'of a `to:` with `ports: []` let nothing through': [
      pair([shop(ruleOut([{ kind: 'pods', pods: API }], { ports: [] }))]),
      { 'portcullis-allow': CLOSED },
    ],
    'open one port from anywhere': [
      pair([shop(ruleIn({ ports: ranges('80') }))]),
      { 'portcullis-allow': spec({}, [], [OWN]), 'portcullis-allow-ingress': spec({}, [{ ports: [TCP_80] }]) },
    ],
    'open a range by its ends, each entry by itself, in one order': [
      pair([shop(ruleIn({ ports: ranges('40000/UDP', '30000-30010', '81', '80') }))]),
      {
        'portcullis-allow': spec({}, [], [{ to: [{ podSelector: {} }], ports: SORTED }]),
        'portcullis-allow-ingress': spec({}, [{ ports: SORTED }]),
      },
    ],
    'open a port for pods of another namespace': [
      pair([from({ kind: 'pods', namespace: 'web', pods: FRONT })]),
      opened({ ...inNamespace('web'), podSelector: FRONT }),
    ],
    'open a port for every pod of another namespace': [
      pair([from({ kind: 'pods', namespace: 'web', pods: {} })]),
      opened({ ...inNamespace('web'), podSelector: {} }),
    ],
    'open a port for addresses': [
      pair([from({ kind: 'cidr', cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] })]),
      opened({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } }),
    ],
    'open a port for addresses without exception': [
      pair([from({ kind: 'cidr', cidr: '2001:db8::/32', except: [] })]),
      opened({ ipBlock: { cidr: '2001:db8::/32' } }),
    ],
    'open a port for the API server, at each of its addresses': [
      pair([from({ kind: 'apiServer' })], {}, { namespaces: [], apiServer: ['192.0.2.1', '2001:db8::1'] }),
      opened({ ipBlock: { cidr: '192.0.2.1/32' } }, { ipBlock: { cidr: '2001:db8::1/128' } }),
    ],
    'open nothing for an API server whose addresses are not known': [
      pair([from({ kind: 'apiServer' })]),
      { 'portcullis-allow': spec({}, [], [OWN]) },
    ],
    'of one rule list its peers in one entry, each once': [
      pair([
        from(
          { kind: 'cidr', cidr: '10.0.0.0/8', except: [] },
          { kind: 'cidr', cidr: '10.0.0.0/8', except: [] },
          { kind: 'pods', namespace: 'web', pods: {} },
        ),
      ]),
      opened({ ipBlock: { cidr: '10.0.0.0/8' } }, { ...inNamespace('web'), podSelector: {} }),
    ],
    'of a pattern that no namespace fits open nothing, never an empty `from`': [
      pair([from(previews)], {}, existing('shop', 'web')),
      { 'portcullis-allow': spec({}, [], [OWN]) },
    ],
    'of a pattern that one namespace fits name it': [
      pair([from(previews)], {}, existing('shop', 'pr-1')),
      opened({ ...inNamespace('pr-1'), podSelector: FRONT }),
    ],
    'of a pattern that two namespaces fit list them in order': [
      pair([from(previews)], {}, existing('pr-2', 'shop', 'pr-1')),
      opened({
        namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['pr-1', 'pr-2'] }] },
        podSelector: FRONT,
      }),
    ],
    'of a pattern that no namespace fits let nothing out either': [
      pair([to(previews)], {}, existing('shop')),
      { 'portcullis-allow': CLOSED },
    ],
    'let pods out to pods of another namespace': [
      pair([to({ kind: 'pods', namespace: 'web', pods: FRONT })]),
      {
        'portcullis-allow': CLOSED,
        [apiOut]: spec(API, [], [{ to: [{ ...inNamespace('web'), podSelector: FRONT }], ports: [TCP_80] }]),
      },
    ],
    'let pods out to pods of their own namespace, at both ends': [
      pair([to({ kind: 'pods', pods: FRONT })]),
      {
        'portcullis-allow': spec({}, [], [OWN]),
        [apiOut]: spec(API, [], [{ to: [{ podSelector: FRONT }], ports: [TCP_80] }]),
        [allowName(FRONT, 'ingress')]: spec(FRONT, [{ from: [{ podSelector: API }], ports: [TCP_80] }]),
      },
    ],
    'let pods out to addresses': [
      pair([to({ kind: 'cidr', cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] })]),
      {
        'portcullis-allow': CLOSED,
        [apiOut]: spec(API, [], [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }], ports: [TCP_80] }]),
      },
    ],
    'let the callers of a `from:` of another namespace out': [
      pair([
        entry('web', { rules: [ruleIn({ pods: FRONT, ports: ranges('80'), peers: [{ kind: 'pods', namespace: 'shop', pods: API }] })] }),
      ]),
      {
        'portcullis-allow': CLOSED,
        [apiOut]: spec(API, [], [{ to: [{ ...inNamespace('web'), podSelector: FRONT }], ports: [TCP_80] }]),
      },
    ],
    'let the callers of a `to:` of another namespace in': [
      pair([entry('web', { rules: [ruleOut([{ kind: 'pods', namespace: 'shop', pods: API }], { pods: FRONT, ports: ranges('80') })] })]),
      opened({ ...inNamespace('web'), podSelector: FRONT }),
    ],
    'let the callers of a `to:` of a pattern entry in, as far as such namespaces exist': [
      pair(
        [entry('pr-*', { rules: [ruleOut([{ kind: 'pods', namespace: 'shop', pods: API }], { pods: FRONT, ports: ranges('80') })] })],
        {},
        existing('shop', 'pr-1'),
      ),
      opened({ ...inNamespace('pr-1'), podSelector: FRONT }),
    ],
    'leave egress open where the namespace says so': [
      pair([entry('shop', { egress: 'open' })]),
      { 'portcullis-allow': spec({}, [], [{}]) },
    ],
    'leave egress open where the template says so': [pair([shop()], { egress: 'open' }), { 'portcullis-allow': spec({}, [], [{}]) }],
    'close egress where the namespace says so': [
      pair([entry('shop', { egress: 'declared' })], { egress: 'open' }),
      { 'portcullis-allow': CLOSED },
    ],
    'let everybody out to DNS, by TCP as well': [pair([shop()], { dns: template([]).dns }), { 'portcullis-allow': spec({}, [], [DNS]) }],
    'let everybody out to DNS at an address': [
      pair([shop()], { dns: { peer: { kind: 'cidr', cidr: '169.254.20.10/32', except: [] }, ports: ranges('5353/UDP') } }),
      { 'portcullis-allow': spec({}, [], [{ to: [{ ipBlock: { cidr: '169.254.20.10/32' } }], ports: [{ protocol: 'UDP', port: 5353 }] }]) },
    ],
    'of a namespace with quarantine leave out the pods in it': [
      pair([entry('shop', { onViolation: 'quarantine', rules: [ruleIn({ pods: API, ports: ranges('80') })] })]),
      {
        'portcullis-allow': spec({ matchExpressions: [{ key: 'portcullis.dev/quarantine', operator: 'DoesNotExist' }] }, [], [OWN]),
        [api]: spec({ ...API, matchExpressions: [{ key: 'portcullis.dev/quarantine', operator: 'DoesNotExist' }] }, [{ ports: [TCP_80] }]),
      },
    ],
    'of two selectors that mean the same are one': [
      pair([
        shop(
          ruleIn({ pods: API, ports: ranges('80') }),
          ruleIn({ pods: { matchExpressions: [{ key: 'app', operator: 'In', values: ['api'] }] }, ports: ranges('80') }),
        ),
      ]),
      { 'portcullis-allow': spec({}, [], [OWN]), [api]: spec(API, [{ ports: [TCP_80] }]) },
    ],
    'of rules with the same peers share an entry, others have their own': [
      pair([
        shop(
          ruleIn({ ports: ranges('80') }),
          ruleIn({ ports: ranges('80/UDP'), peers: [{ kind: 'pods', pods: {} }] }),
          ruleIn({ ports: ranges('79') }),
        ),
      ]),
      {
        'portcullis-allow': spec(
          {},
          [],
          [{ to: [{ podSelector: {} }], ports: [{ protocol: 'TCP', port: 79 }, TCP_80, { protocol: 'UDP', port: 80 }] }],
        ),
        'portcullis-allow-ingress': spec({}, [
          { ports: [{ protocol: 'TCP', port: 79 }, TCP_80] },
          { from: [{ podSelector: {} }], ports: [{ protocol: 'UDP', port: 80 }] },
        ]),
      },
    ],
  };
  it.each(Object.entries(table))('%s', (_, [made, expected]) => expect(specs(made)).toEqual(expected));

  it('say whose they are (one selector has one name for ever), from which template, and from which rules', () => {
    const rules = [
      ruleIn({ name: 'web', pods: API, ports: ranges('80') }),
      ruleIn({ place: at(9), pods: API, ports: ranges('81') }),
      ruleIn({ name: 'web', pods: API, ports: ranges('82') }),
    ];
    expect(pair([shop(...rules)]).allow.map(({ metadata }) => metadata)).toEqual([
      {
        name: 'portcullis-allow',
        namespace: 'shop',
        labels: { 'app.kubernetes.io/managed-by': 'portcullis' },
        annotations: { 'portcullis.dev/template': '0123456789ab' },
      },
      {
        name: 'portcullis-allow-eca00677fa',
        namespace: 'shop',
        labels: { 'app.kubernetes.io/managed-by': 'portcullis' },
        annotations: { 'portcullis.dev/rules': 'line 9 of template.yaml, web', 'portcullis.dev/template': '0123456789ab' },
      },
    ]);
  });
});

describe('a policy made from the rules of a whole fleet', () => {
  it('names some of them and says how many there are more, since the API server takes no annotation without end', () => {
    const callers = Array.from({ length: 8000 }, (_, index) =>
      entry(`team-${index}`, {
        rules: [
          ruleOut([{ kind: 'pods', namespace: 'db', pods: {} }], {
            name: `reads-the-orders-of-team-${10_000 + index}`,
            ports: ranges('80'),
          }),
        ],
      }),
    );
    const { allow } = pair([entry('db'), ...callers], {}, NOWHERE, 'db');
    const annotation = allow.map(({ metadata }) => metadata.annotations?.['portcullis.dev/rules']).join('');
    const named = Array.from({ length: 100 }, (_, index) => `reads-the-orders-of-team-${10_000 + index}`);
    expect(annotation).toBe([...named, 'and 7900 more'].join(', '));
  });
});

describe('for any template', () => {
  const facts = { namespaces: NAMESPACES, apiServer: ['192.0.2.1'] };
  const all = (whole: Template) => NAMESPACES.map((name) => policyPair(name, makeAuthority(whole, 'portcullis-system'), facts));
  const policies = (whole: Template): NetworkPolicy[] => all(whole).flatMap(({ block, allow }) => [block, ...allow]);

  it('the order in which it is written does not show, to the byte', () => {
    const shuffled = templates.chain((whole) =>
      fc
        .tuple(...whole.namespaces.map(({ rules }) => fc.shuffledSubarray([...rules], { minLength: rules.length })))
        .chain((rules) => {
          const namespaces = whole.namespaces.map((one, index) => ({ ...one, rules: rules[index] ?? [] }));
          return fc.shuffledSubarray(namespaces, { minLength: namespaces.length });
        })
        .map((namespaces) => [whole, { ...whole, namespaces }] as const),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(JSON.stringify(all(other))).toBe(JSON.stringify(all(one)));
      }),
      { numRuns: 300 },
    );
  });

  it('no policy has an empty list of peers or ports, or a port by name, and none but the block has both directions', () => {
    fc.assert(
      fc.property(templates, (whole) => {
        for (const { metadata, spec } of policies(whole)) {
          const isBlock = metadata.name === 'portcullis-block';
          const directions = isBlock ? ['Ingress', 'Egress'] : spec.ingress.length > 0 ? ['Ingress'] : ['Egress'];
          expect(spec.policyTypes).toEqual(directions);
          if (!isBlock) expect(spec.ingress.length === 0 || spec.egress.length === 0).toBe(true);
          for (const rule of [
            ...spec.ingress.map(({ from, ports }) => ({ peers: from, ports })),
            ...spec.egress.map(({ to, ports }) => ({ peers: to, ports })),
          ]) {
            expect([rule.peers?.length, rule.ports?.length]).not.toContain(0);
            for (const { port } of rule.ports ?? []) expect(typeof port).toBe('number');
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('no two policies of a namespace have one name', () => {
    fc.assert(
      fc.property(templates, (whole) => {
        for (const { block, allow } of all(whole)) {
          const names = [block, ...allow].map(({ metadata }) => metadata.name);
          expect(new Set(names).size).toBe(names.length);
        }
      }),
    );
  });
});
