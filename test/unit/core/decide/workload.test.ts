import { describe, expect, it } from 'vitest';
import type { AdmissionAnswer, AdmissionRequest } from '../../../../src/core/admission.ts';
import { decideWorkload } from '../../../../src/core/decide/workload.ts';
import type { Mode, NamespaceEntry } from '../../../../src/core/template/model.ts';
import { facts, request } from '../../../support/review.ts';
import { at, authorityOf, entry, ranges, ruleIn } from '../../../support/template.ts';

const API = ruleIn({ name: 'api', place: at(14), pods: { matchLabels: { app: 'api' } }, ports: ranges('8080', '7000-7100/UDP') });

function shop(mode: Mode, fields: Partial<NamespaceEntry> = {}): NamespaceEntry {
  return entry('shop', { mode, place: at(11), rules: [API], ...fields });
}

const port = (containerPort: number, fields = {}) => ({ containerPort, ...fields });

/** A pod, or a pod template, that declares ports in one container. */
function podOf(
  ports: object[],
  { labels = { app: 'api' }, metadata = {}, spec = {} }: { labels?: object; metadata?: object; spec?: object } = {},
) {
  return { metadata: { name: 'api', labels, ...metadata }, spec: { containers: [{ name: 'api', ports }], ...spec } };
}

const GOOD = podOf([port(8080)]);
const BAD = podOf([port(9090, { name: 'metrics' })]);

function decide(mode: Mode, fields: Partial<AdmissionRequest>, entryFields: Partial<NamespaceEntry> = {}): AdmissionAnswer {
  return decideWorkload(request('Pod', fields), facts(authorityOf([shop(mode, entryFields)])));
}

const update = (oldObject: object, object: object): Partial<AdmissionRequest> => ({ operation: 'UPDATE', oldObject, object });

const ADMITTED: AdmissionAnswer = { allowed: true, reason: 'authorized', warnings: [], auditAnnotations: {} };

const DENIED: AdmissionAnswer = {
  allowed: false,
  reason: 'port-not-authorized',
  code: 403,
  message: [
    'Pod shop/api declares a port that the template does not permit',
    '  container api  9090/TCP (metrics)  not in the template',
    'Permitted for this pod: 8080/TCP, 7000-7100/UDP (rule api, template.yaml:14)',
    'To permit this, add under namespace shop (template.yaml:11):',
    '  rules:',
    '    - pods: {app: api}',
    '      ports: [9090/TCP]',
    'Mode enforce, by template.yaml:11.',
    'Why: kubectl portcullis explain pod/api -n shop',
  ].join('\n'),
  warnings: [],
  auditAnnotations: {},
};

const AUDITED: AdmissionAnswer = {
  allowed: true,
  reason: 'audit-port-not-authorized',
  warnings: [
    'portcullis audit: Pod shop/api, container api: 9090/TCP (metrics) is not in the template',
    'portcullis audit: mode enforce would refuse this; kubectl portcullis explain pod/api -n shop',
  ],
  auditAnnotations: {},
};

describe('a pod that is created', () => {
  const table: Record<string, [answer: AdmissionAnswer, expected: AdmissionAnswer]> = {
    'declares what the template permits': [decide('enforce', { object: GOOD }), ADMITTED],
    'declares nothing': [decide('enforce', { object: podOf([]) }), ADMITTED],
    'declares another port, in enforce': [decide('enforce', { object: BAD }), DENIED],
    'declares another port, in audit': [decide('audit', { object: BAD }), AUDITED],
    'declares another port, in off': [decide('off', { object: BAD }), { ...ADMITTED, reason: 'off' }],
    'declares another port, where nothing is judged': [
      decide('enforce', { object: BAD, namespace: 'kube-system' }),
      { ...ADMITTED, reason: 'exempt' },
    ],
    'is only tried (dry-run), and gets the same answer': [decide('enforce', { object: BAD, dryRun: true }), DENIED],
    'says another namespace than the request': [
      decide('enforce', { object: podOf([port(9090, { name: 'metrics' })], { metadata: { namespace: 'kube-system' } }) }),
      DENIED,
    ],
    'may never be, whatever the template says': [
      decide('audit', { object: podOf([port(0), port(80, { protocol: 'tcp' })]) }),
      {
        allowed: false,
        reason: 'invalid',
        code: 422,
        message: [
          'Pod shop/api is not valid',
          '  spec.containers[0].ports[0].containerPort: port must be an integer from 1 to 65535',
          '  spec.containers[0].ports[1].protocol: protocol must be one of TCP, UDP, SCTP',
        ].join('\n'),
        warnings: [],
        auditAnnotations: {},
      },
    ],
  };
  it.each(Object.entries(table))('%s', (_, [answer, expected]) => expect(answer).toEqual(expected));
});

describe('a pod that is updated', () => {
  const RELABELED = podOf([port(8080)], { labels: { app: 'other' } });
  const dying = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const table: Record<string, [fields: Partial<AdmissionRequest>, reason: string]> = {
    'out of the reach of its rule breaks the template': [update(GOOD, RELABELED), 'port-not-authorized'],
    'by a label that changes nothing passes': [update(GOOD, podOf([port(8080)], { labels: { app: 'api', color: 'blue' } })), 'authorized'],
    'though it broke the template before may change an annotation': [
      update(BAD, podOf([port(9090)], { metadata: { annotations: { a: 'b' } } })),
      'authorized',
    ],
    'though it broke the template before may lose a label that changes nothing': [
      update(podOf([port(9090)], { labels: { app: 'api', color: 'blue' } }), BAD),
      'authorized',
    ],
    'and breaks the template by one port more is judged for that port': [
      update(BAD, podOf([port(9090), port(9091)])),
      'port-not-authorized',
    ],
    'while it is being deleted may lose its finalizers, whatever it is': [
      update(podOf([port(9090)], dying), podOf([port(9090), port(9091)])),
      'deleting',
    ],
    'is not being deleted only because the new object says so': [update(GOOD, podOf([port(9090)], dying)), 'port-not-authorized'],
  };
  it.each(Object.entries(table))('%s', (_, [fields, reason]) => expect(decide('enforce', fields).reason).toBe(reason));

  it('is told only what it adds', () => {
    const answer = decide('audit', update(BAD, podOf([port(9090), port(9091)])));
    expect(answer.warnings).toEqual([
      'portcullis audit: Pod shop/api, container api: 9091/TCP is not in the template',
      'portcullis audit: mode enforce would refuse this; kubectl portcullis explain pod/api -n shop',
    ]);
  });

  it('cannot hide a new host port behind an old port of the same number', () => {
    expect(decide('enforce', update(podOf([port(8080)]), podOf([port(8080, { hostPort: 80 })]))).reason).toBe('host-port-not-permitted');
  });
});

describe('the seven workloads get the decision of their pods', () => {
  const inTemplate = (pod: object) => ({ metadata: { name: 'api' }, spec: { template: pod } });
  const objects: Record<string, (pod: object) => object> = {
    Deployment: inTemplate,
    ReplicaSet: inTemplate,
    StatefulSet: inTemplate,
    DaemonSet: inTemplate,
    ReplicationController: inTemplate,
    Job: inTemplate,
    CronJob: (pod) => ({ metadata: { name: 'api' }, spec: { jobTemplate: { spec: { template: pod } } } }),
  };
  it.each(Object.entries(objects))('%s', (kind, make) => {
    const world = facts(authorityOf([shop('enforce')]), { pairObserved: () => false });
    const created = (pod: object) => decideWorkload(request(kind, { object: make(pod) }), world);
    expect(created(GOOD)).toEqual(ADMITTED);
    const message = 'message' in DENIED ? DENIED.message.replace('Pod shop', `${kind} shop`).replace('this pod', 'these pods') : '';
    expect(created(BAD)).toEqual({ ...DENIED, message: message.replace('explain pod/', `explain ${kind.toLowerCase()}/`) });
  });

  it('and a Deployment that broke the template before may still be scaled', () => {
    const of = (replicas: number) => ({ metadata: { name: 'api' }, spec: { replicas, template: BAD } });
    const world = facts(authorityOf([shop('enforce')]));
    expect(decideWorkload(request('Deployment', update(of(1), of(2))), world)).toEqual(ADMITTED);
  });
});

describe('the host', () => {
  const host = { spec: { hostNetwork: true } };
  const table: Record<string, [answer: AdmissionAnswer, reason: string, warnings: string[]]> = {
    'network is refused': [decide('enforce', { object: podOf([port(8080)], host) }), 'host-network-not-permitted', []],
    'network is not refused again, when a pod that has it changes a label': [
      decide('enforce', update(podOf([port(8080)], host), podOf([port(8080)], { ...host, labels: { app: 'api', color: 'blue' } }))),
      'authorized',
      ['portcullis: Pod shop/api uses hostNetwork: network policies do not apply to this pod'],
    ],
    'port is refused where no document lists the namespace': [
      decideWorkload(
        request('Pod', { namespace: 'new', object: podOf([port(80, { hostPort: 80 })]) }),
        facts(authorityOf([], { unlisted: 'audit' })),
      ),
      'audit-port-not-authorized',
      [
        'portcullis audit: Pod new/api, container api: 80/TCP is not in the template',
        'portcullis audit: Pod new/api, container api: hostPort 80/TCP is not in hostPorts',
        'portcullis audit: mode enforce would refuse this; kubectl portcullis explain pod/api -n new',
      ],
    ],
    'network is refused for a pod without ports': [decide('enforce', { object: podOf([], host) }), 'host-network-not-permitted', []],
    'network, permitted, is pointed out, and needs no hostPorts': [
      decide('enforce', { object: podOf([port(8080)], host) }, { hostNetwork: true }),
      'authorized',
      ['portcullis: Pod shop/api uses hostNetwork: network policies do not apply to this pod'],
    ],
    'network, permitted, does not permit the ports': [
      decide('enforce', { object: podOf([port(9090)], host) }, { hostNetwork: true }),
      'port-not-authorized',
      [],
    ],
    'port is refused': [decide('enforce', { object: podOf([port(8080, { hostPort: 80 })]) }), 'host-port-not-permitted', []],
    'port, permitted, is pointed out once': [
      decide(
        'enforce',
        { object: podOf([port(8080, { hostPort: 80 }), port(8080, { hostPort: 80, hostIP: '127.0.0.1' })]) },
        { hostPorts: ranges('80') },
      ),
      'authorized',
      ['portcullis: Pod shop/api: hostPort 80 opens a port on the node'],
    ],
    'port, permitted for another protocol': [
      decide('enforce', { object: podOf([port(8080, { hostPort: 80 })]) }, { hostPorts: ranges('80/UDP') }),
      'host-port-not-permitted',
      [],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [answer, reason, warnings]) => {
    expect([answer.reason, answer.warnings]).toEqual([reason, warnings]);
  });
});

describe('the last warning of audit', () => {
  const last = (name: string) => decide('audit', { object: podOf([port(9090)], { metadata: { name } }) }).warnings.at(-1);

  it('fits in 120 characters: where the command would not, it says who audits', () => {
    const words = 'portcullis audit: mode enforce would refuse this';
    const longest = 'a'.repeat(120 - `${words}; kubectl portcullis explain pod/ -n shop`.length);
    expect(last(longest)).toBe(`${words}; kubectl portcullis explain pod/${longest} -n shop`);
    expect(last(`${longest}a`)).toBe(`${words} (template.yaml:11)`);
  });
});

describe('a static pod', () => {
  const mirror = (ports: object[], spec = {}) =>
    podOf(ports, { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } }, spec: { nodeName: 'node-1', ...spec } });
  const kubelet = { userInfo: { username: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] } };

  it('is admitted before the policies are there, and reported', () => {
    const world = facts(authorityOf([shop('enforce')]), { pairObserved: () => false });
    expect(decideWorkload(request('Pod', { object: mirror([port(8080)]), ...kubelet }), world)).toEqual({
      ...ADMITTED,
      reason: 'mirror',
      warnings: ['portcullis: Pod shop/api is a static pod: the kubelet runs it whatever the template says'],
    });
  });

  it('is admitted though it breaks the template, and reported', () => {
    expect(decide('enforce', { object: mirror([port(9090)]), ...kubelet })).toEqual({
      ...ADMITTED,
      reason: 'audit-port-not-authorized',
      warnings: [
        'portcullis audit: Pod shop/api, container api: 9090/TCP is not in the template',
        'portcullis audit: a static pod cannot be refused; kubectl portcullis explain pod/api -n shop',
      ],
    });
  });

  it('is nothing that anybody else may claim to be', () => {
    expect(decide('enforce', { object: mirror([port(9090)]) }).allowed).toBe(false);
  });
});

describe('warnings', () => {
  const many = (count: number) => podOf(Array.from({ length: count }, (_, index) => port(10_000 + index)));

  it('of audit are cut at eight lines', () => {
    const { warnings } = decide('audit', { object: many(12) });
    expect([warnings.length, ...warnings.slice(-3)]).toEqual([
      8,
      'portcullis audit: Pod shop/api, container api: 10005/TCP is not in the template',
      'portcullis audit: and 6 more',
      'portcullis audit: mode enforce would refuse this; kubectl portcullis explain pod/api -n shop',
    ]);
  });

  it('of audit are not cut where eight lines suffice', () => {
    const { warnings } = decide('audit', { object: many(7) });
    expect([warnings.length, warnings[6]]).toEqual([8, 'portcullis audit: Pod shop/api, container api: 10006/TCP is not in the template']);
  });

  it('of host ports are cut at eight lines', () => {
    const ports = Array.from({ length: 12 }, (_, index) => port(8080, { hostPort: 20_000 + index }));
    const { warnings } = decide('audit', { object: podOf(ports) }, { hostPorts: ranges('20000-20100') });
    expect([warnings.length, warnings[7]]).toEqual([8, 'portcullis: and 5 more']);
  });

  it('stay within 120 characters for ordinary names', () => {
    const object = podOf([port(15090, { name: 'http-envoy-prom' }), port(7000), port(8080, { hostPort: 30080 })], {
      metadata: { name: 'checkout-api' },
      spec: { initContainers: [{ name: 'istio-proxy', restartPolicy: 'Always', ports: [port(15021)] }] },
    });
    const { warnings } = decide('audit', { object });
    expect(warnings.map((line) => [line.length <= 120, line])).toEqual(warnings.map((line) => [true, line]));
    expect(warnings).toEqual([
      'portcullis audit: Pod shop/checkout-api, container istio-proxy: 15021/TCP is not in the template',
      'portcullis audit: Pod shop/checkout-api, container api: 15090/TCP (http-envoy-prom) is not in the template',
      'portcullis audit: Pod shop/checkout-api, container api: 7000/TCP is in the template for UDP only',
      'portcullis audit: Pod shop/checkout-api, container api: hostPort 30080/TCP is not in hostPorts',
      'portcullis audit: mode enforce would refuse this; kubectl portcullis explain pod/checkout-api -n shop',
    ]);
  });
});
