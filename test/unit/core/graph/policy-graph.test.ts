import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../../src/core/authority.ts';
import type { Graph } from '../../../../src/core/graph/graph.ts';
import { groupsOf } from '../../../../src/core/graph/group.ts';
import { namedEdges, permittedPorts } from '../../../../src/core/graph/named.ts';
import { outsideEdges } from '../../../../src/core/graph/outside.ts';
import { policyGraph } from '../../../../src/core/graph/policy-graph.ts';
import type { NetworkPolicy } from '../../../../src/core/network-policy.ts';
import { policyPair } from '../../../../src/core/policy-pair.ts';
import { type Port, type PortRange, rangeHolds } from '../../../../src/core/port.ts';
import { reach } from '../../../../src/core/reach/reach.ts';
import { readWorld, type World } from '../../../../src/core/reach/world.ts';
import { labels, NAMESPACES, ports, templates } from '../../../support/arbitrary.ts';
import { foreignPolicies } from '../../../support/arbitrary-policies.ts';

/** `shop/api`: a pod with the label app: api. */
function pod(id: string, more: { readonly ip?: string; readonly spec?: object; readonly metadata?: object } = {}): object {
  const [namespace, name = ''] = id.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name }, ...more.metadata },
    spec: { containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 8080 }] }], ...more.spec },
    status: { podIP: more.ip ?? '' },
  };
}

function policy(namespace: string, spec: object, isOurs = false): object {
  const marks = isOurs ? { labels: { 'app.kubernetes.io/managed-by': 'portcullis' } } : {};
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p', namespace, ...marks }, spec };
}

const ours = (namespace: string, spec: object) => policy(namespace, spec, true);
const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const CLOSED = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
const ingress = (rule: object) => ({ podSelector: {}, policyTypes: ['Ingress'], ingress: [rule] });
const egress = (rule: object) => ({ podSelector: {}, policyTypes: ['Egress'], egress: [rule] });

const worldOf = (objects: readonly object[]) =>
  readWorld(
    objects.map((value) => ({ value })),
    'default',
  );
const graphOf = (objects: readonly object[], wish = {}) => policyGraph(worldOf(objects), { by: 'workload', apiServer: [], ...wish });

/** `web/front -> shop/api: 8080/TCP`, with the kind where it is not `permitted`. */
function lines({ nodes, edges }: Graph): string[] {
  const names = new Map(nodes.map(({ id, namespace, label }) => [id, namespace === undefined ? label : `${namespace}/${label}`]));
  return edges.map(
    ({ from, to, kind, label }) => `${names.get(from)} -> ${names.get(to)}: ${label}${kind === 'permitted' ? '' : ` (${kind})`}`,
  );
}

describe('the graph of what policies permit', () => {
  const OPEN_API = ['shop/api -> anywhere: every port (open)', 'anywhere -> shop/api: every port (open)'];
  const OPEN_FRONT = ['web/front -> anywhere: every port (open)', 'anywhere -> web/front: every port (open)'];
  const api = pod('shop/api');
  const front = pod('web/front');
  const table: Record<string, [objects: object[], expected: string[]]> = {
    'has every port to and from anywhere where there is no policy': [[api], OPEN_API],
    'has nothing of pods that are closed': [[api, ours('shop', CLOSED)], []],
    'has a connection that the receiver permits to a caller by name': [
      [
        api,
        front,
        ours('shop', CLOSED),
        ours('shop', ingress({ from: [{ ...app('front'), ...inNamespace('web') }], ports: [{ port: 8080 }] })),
      ],
      ['web/front -> shop/api: 8080/TCP', ...OPEN_FRONT],
    ],
    'has a connection that only the caller names, to a receiver that asks nobody': [
      [api, front, ours('web', CLOSED), ours('web', egress({ to: [{ ...app('api'), ...inNamespace('shop') }], ports: [{ port: 8080 }] }))],
      [...OPEN_API.slice(0, 1), 'web/front -> shop/api: 8080/TCP', ...OPEN_API.slice(1)],
    ],
    'has only the ports that both ends permit': [
      [
        ...[api, front, ours('shop', CLOSED), ours('web', CLOSED)],
        ours('shop', ingress({ from: [inNamespace('web')], ports: [{ port: 8080 }, { port: 9000, endPort: 9100 }] })),
        ours('web', egress({ to: [inNamespace('shop')], ports: [{ port: 9050, endPort: 9200 }, { protocol: 'UDP' }] })),
      ],
      ['web/front -> shop/api: 9050-9100/TCP'],
    ],
    'has nothing where one end alone permits it': [
      [api, front, ours('shop', CLOSED), ours('web', CLOSED), ours('shop', ingress({ from: [inNamespace('web')] }))],
      [],
    ],
    'calls widened what only a policy of somebody else opens at pods that ours closed': [
      [
        ...[api, front, ours('shop', CLOSED), ours('shop', ingress({ from: [inNamespace('web')], ports: [{ port: 8080 }] }))],
        policy('shop', ingress({ from: [app('front'), inNamespace('web')], ports: [{ port: 8080, endPort: 8090 }] })),
      ],
      ['web/front -> shop/api: 8080/TCP', 'web/front -> shop/api: 8081-8090/TCP (widened)', ...OPEN_FRONT],
    ],
    'calls permitted what somebody else opens where ours closed nothing': [
      [api, policy('shop', ingress({ ports: [{ port: 9999 }] }))],
      ['shop/api -> anywhere: every port (open)', 'anywhere -> shop/api: 9999/TCP'],
    ],
    'calls permitted what a wider rule of ours has as well': [
      [
        ...[api, ours('shop', CLOSED), ours('shop', ingress({ ports: [{ port: 80 }] }))],
        policy('shop', ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 80 }, { port: 81 }] })),
      ],
      ['10.0.0.0/8 -> shop/api: 80/TCP', '10.0.0.0/8 -> shop/api: 81/TCP (widened)', 'anywhere -> shop/api: 80/TCP'],
    ],
    'shows blocks of addresses, the API server among them, and every pod of the cluster as such': [
      [
        api,
        ours('shop', CLOSED),
        ours(
          'shop',
          egress({
            to: [
              { ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] } },
              { ipBlock: { cidr: '10.0.0.1/32' } },
              { namespaceSelector: {} },
            ],
          }),
        ),
      ],
      [
        'shop/api -> API server 10.0.0.1/32: every port',
        'shop/api -> 192.0.2.0/24 except 192.0.2.1/32: every port',
        'shop/api -> every pod of the cluster: every port',
      ],
    ],
    'knows what the receiver calls a port, and has no names for addresses': [
      [
        api,
        ours('shop', CLOSED),
        policy('shop', ingress({ ports: [{ port: 'http' }, { port: 'gone' }] })),
        policy('shop', egress({ ports: [{ port: 'http' }] })),
      ],
      ['anywhere -> shop/api: 8080/TCP (widened)'],
    ],
    'has one node for workloads with the same connections': [
      [
        ...['api', 'db', 'web', 'x', 'y'].map((name) => pod(`shop/${name}`)),
        ours('shop', CLOSED),
        ours('shop', ingress({ ports: [{ port: 80 }] })),
      ],
      ['anywhere -> shop/api, db, web and 2 more: 80/TCP'],
    ],
    'keeps those apart that differ in one port': [
      [
        ...[api, pod('shop/db'), ours('shop', CLOSED)],
        ours('shop', { ...app('api'), ingress: [{ ports: [{ port: 80 }] }] }),
        ours('shop', { ...app('db'), ingress: [{ ports: [{ port: 81 }] }] }),
      ],
      ['anywhere -> shop/api: 80/TCP', 'anywhere -> shop/db: 81/TCP'],
    ],
    'has an edge of a node to itself where its pods may connect with each other': [
      [
        api,
        pod('shop/db'),
        ours('shop', CLOSED),
        ours('shop', ingress({ from: [{ podSelector: {} }], ports: [{ port: 80 }] })),
        ours('shop', egress({ to: [{ podSelector: {} }] })),
      ],
      ['shop/api, db -> shop/api, db: 80/TCP'],
    ],
    'says of a pod in the network of its node that no policy is about it': [
      [pod('shop/api', { spec: { hostNetwork: true } }), ours('shop', CLOSED)],
      OPEN_API.map((line) => line.replace('shop/api', 'shop/api (host network)')),
    ],
    'has the workload and not each of its pods': [
      [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: { name: 'api', namespace: 'shop' },
          spec: { template: { metadata: { labels: { app: 'api' } }, spec: { containers: [] } } },
        },
        ...['api-1', 'api-2'].map((name) =>
          pod(`shop/${name}`, {
            metadata: { name, labels: { app: 'api' }, ownerReferences: [{ kind: 'ReplicaSet', name: 'api', controller: true }] },
          }),
        ),
      ],
      OPEN_API,
    ],
    'tells workloads of one name apart by their kinds': [
      [
        api,
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'api', namespace: 'shop' },
          spec: { template: { metadata: { labels: { app: 'job' } }, spec: { containers: [] } } },
        },
        ours('shop', { podSelector: { matchLabels: { app: 'job' } }, policyTypes: ['Ingress', 'Egress'] }),
      ],
      OPEN_API.map((line) => line.replace('shop/api', 'shop/pod/api')),
    ],
  };
  it.each(Object.entries(table))('%s', (_, [objects, expected]) => {
    expect(lines(graphOf(objects, { apiServer: ['10.0.0.1'] }))).toEqual(expected);
  });

  it('shows a workload that nothing is permitted to', () => {
    expect(graphOf([pod('shop/api'), ours('shop', CLOSED)])).toEqual({
      nodes: [{ id: 'n0', kind: 'pods', namespace: 'shop', label: 'api' }],
      edges: [],
    });
  });

  it('by namespace has one edge between two, and nothing of what is inside', () => {
    const objects = [
      ...[pod('shop/api'), pod('shop/db'), pod('web/front'), ours('shop', CLOSED), ours('web', CLOSED)],
      ours('shop', ingress({ from: [{ podSelector: {} }, inNamespace('web')], ports: [{ port: 80 }] })),
      ours('web', egress({ to: [inNamespace('shop')] })),
    ];
    const graph = graphOf(objects, { by: 'namespace' });
    expect([graph.nodes.map(({ kind, label }) => [kind, label]), lines(graph)]).toEqual([
      [
        ['namespace', 'shop'],
        ['namespace', 'web'],
      ],
      ['web -> shop: 80/TCP'],
    ]);
  });

  it('of one namespace has its workloads, and those that they connect with', () => {
    const objects = [
      ...[pod('shop/api'), pod('web/front'), pod('lab/x'), ours('shop', CLOSED), ours('web', CLOSED), ours('lab', CLOSED)],
      ours('shop', ingress({ from: [inNamespace('web')], ports: [{ port: 80 }] })),
      ours('web', egress({ to: [inNamespace('shop'), inNamespace('lab')] })),
      ours('lab', ingress({ from: [inNamespace('web')], ports: [{ port: 81 }] })),
    ];
    expect(lines(graphOf(objects, { namespaces: ['shop'] }))).toEqual(['web/front -> shop/api: 80/TCP']);
    expect(lines(graphOf(objects))).toEqual(['web/front -> lab/x: 81/TCP', 'web/front -> shop/api: 80/TCP']);
  });
});

describe('for any template, any policies of others and any pods', () => {
  const named = fc.uniqueArray(fc.record({ name: fc.constantFrom('http', 'dns'), port: ports }), {
    maxLength: 2,
    selector: ({ name }) => name,
  });
  const podObjects = fc
    .record({ namespace: fc.constantFrom(...NAMESPACES), labels, ip: fc.constantFrom('10.244.0.6', '10.244.0.7', '10.244.0.8'), named })
    .map((one) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: one.namespace, labels: one.labels },
      spec: {
        containers: [
          { name: 'a', ports: one.named.map(({ name, port }) => ({ name, containerPort: port.number, protocol: port.protocol })) },
        ],
      },
      status: { podIP: one.ip },
    }));
  const worlds = fc
    .tuple(templates, fc.array(foreignPolicies, { maxLength: 4 }), fc.array(podObjects, { minLength: 1, maxLength: 5 }))
    .map(([template, foreign, pods]): World => {
      const authority = makeAuthority(template, 'portcullis-system');
      const enforced = NAMESPACES.filter((name) => authority.namespace(name).mode === 'enforce');
      const pairs = enforced.map((name) => policyPair(name, authority, { namespaces: NAMESPACES, apiServer: [] }));
      const named = pods.map((one, index) => ({ ...one, metadata: { ...one.metadata, name: `pod-${index}` } }));
      return worldOf([...named, ...pairs.flatMap(({ block, allow }) => [block, ...allow]), ...foreign]);
    });
  const policiesOf =
    (world: World, keep: (one: NetworkPolicy) => boolean = () => true) =>
    (namespace: string) =>
      world.policies.map(({ policy: one }) => one).filter((one) => one.metadata.namespace === namespace && keep(one));
  const holds = (ranges: readonly PortRange[], port: Port) => ranges.some((range) => rangeHolds(range, port));

  it('two pods have the ports between them that the rules of Kubernetes let pass, by all policies and by ours', () => {
    fc.assert(
      fc.property(worlds, ports, (world, port) => {
        const groups = groupsOf(world);
        const isOurs = ({ metadata }: NetworkPolicy) => metadata.labels?.['app.kubernetes.io/managed-by'] === 'portcullis';
        for (const from of groups) {
          for (const to of groups) {
            const { all, byOurs } = permittedPorts(from, to);
            const question = { from: from.pod, to: to.pod, port };
            expect(holds(all, port)).toBe(reach({ ...question, policies: policiesOf(world) }).permitted);
            expect(holds(byOurs, port)).toBe(reach({ ...question, policies: policiesOf(world, isOurs) }).permitted);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('a connection is drawn exactly where it passes: between its ends, or at both of them with those who are outside', () => {
    fc.assert(
      fc.property(worlds, ports, (world, port) => {
        const groups = groupsOf(world);
        const drawn = namedEdges(groups).filter((edge) => holds(edge.ports, port));
        const outside = groups.flatMap((group) => outsideEdges(group, [])).filter(({ edge }) => holds(edge.ports, port));
        for (const from of groups) {
          for (const to of groups) {
            const passes = reach({ from: from.pod, to: to.pod, port, policies: policiesOf(world) }).permitted;
            const isDrawn = drawn.some((edge) => edge.from === from.key && edge.to === to.key);
            const isOutside = outside.some(({ edge }) => edge.from === from.key) && outside.some(({ edge }) => edge.to === to.key);
            if (isDrawn) expect(passes).toBe(true);
            if (passes) expect(isDrawn || isOutside).toBe(true);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('the graph does not depend on the order of what was read', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom('workload' as const, 'namespace' as const), (world, by) => {
        const reversed = { ...world, subjects: [...world.subjects].reverse(), policies: [...world.policies].reverse() };
        const wish = { by, apiServer: [] };
        expect(policyGraph(reversed, wish)).toEqual(policyGraph(world, wish));
      }),
      { numRuns: 100 },
    );
  });
});
