import { readdirSync, readFileSync } from 'node:fs';
import { asList, asRecord, isRecord } from '../../src/core/unknown.ts';
import { CONTROLLER, FUZZ_TEMPLATE, OWN_NAMESPACE } from './fuzz-template.ts';
import type { Json, JsonObject } from './json.ts';

const CASES = new URL('../fixtures/cases/', import.meta.url);

/** The reviews that the fuzzed ones are made from: those of the cases as they were recorded, and one of each kind and operation. */
export function seedReviews(): readonly [string, ...string[]] {
  const made = builtReviews().map((one) => JSON.stringify(one));
  const [first = '{}', ...others] = [...recordedReviews(), ...made];
  return [first, ...others];
}

function recordedReviews(): string[] {
  const files = readdirSync(CASES, { recursive: true, encoding: 'utf8' }).filter((file) => /\/input.*\.json$/.test(file));
  return files.sort().flatMap((file) => {
    const value: unknown = JSON.parse(readFileSync(new URL(file, CASES), 'utf8'));
    const reviews = isRecord(value) && Array.isArray(value.reviews) ? asList(value.reviews) : [value];
    return reviews.filter((one) => isRecord(asRecord(one).request)).map((one) => JSON.stringify(one));
  });
}

const KINDS: readonly (readonly [kind: string, group: string, path: readonly string[]])[] = [
  ['Pod', '', []],
  ['ReplicationController', '', ['spec', 'template']],
  ['Deployment', 'apps', ['spec', 'template']],
  ['ReplicaSet', 'apps', ['spec', 'template']],
  ['StatefulSet', 'apps', ['spec', 'template']],
  ['DaemonSet', 'apps', ['spec', 'template']],
  ['Job', 'batch', ['spec', 'template']],
  ['CronJob', 'batch', ['spec', 'jobTemplate', 'spec', 'template']],
];

function builtReviews(): JsonObject[] {
  const workloads = KINDS.flatMap(([kind, group, path]) => {
    const object = workload(kind, path);
    return [
      review({ kind, group, object }),
      review({ kind, group, object, oldObject: workload(kind, path, 80), operation: 'UPDATE' }),
      review({ kind, group, object: null, oldObject: object, operation: 'DELETE' }),
    ];
  });
  const pod = workload('Pod', []);
  const ephemeral = review({
    kind: 'Pod',
    group: '',
    object: pod,
    oldObject: pod,
    operation: 'UPDATE',
    subResource: 'ephemeralcontainers',
  });
  const connect = review({ kind: 'PodExecOptions', group: '', object: { command: ['sh'] }, operation: 'CONNECT', subResource: 'exec' });
  const bindings = ['binding', ''].map((subResource) => review({ kind: 'Binding', group: '', object: binding(), subResource }));
  const others = [namespace(), configMap(), policy()].flatMap(({ kind, group, object, ...place }) => [
    review({ kind, group, object, ...place }),
    review({ kind, group, object, oldObject: object, operation: 'UPDATE', ...place }),
    review({ kind, group, object: null, oldObject: object, operation: 'DELETE', ...place }),
  ]);
  return [...workloads, ephemeral, connect, ...bindings, ...others];
}

interface ReviewParts {
  readonly kind: string;
  readonly group: string;
  readonly object: Json;
  readonly oldObject?: Json;
  readonly operation?: string;
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
}

function review({ kind, group, object, oldObject = null, operation = 'CREATE', ...place }: ReviewParts): JsonObject {
  const { subResource = '', name = 'api', namespace: where = 'shop' } = place;
  const resource = kind.startsWith('Pod') || subResource === 'binding' ? 'pods' : `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  const request: JsonObject = {
    uid: '7d2b4a4e-0001-4a5b-9c1d-bbbbbbbbbbbb',
    kind: { group, version: 'v1', kind },
    resource: { group, version: 'v1', resource },
    ...(subResource === '' ? {} : { subResource }),
    name,
    ...(where === '' ? {} : { namespace: where }),
    operation,
    userInfo: { username: 'alice', uid: 'u1', groups: ['system:authenticated'], extra: {} },
    object,
    oldObject,
    dryRun: false,
    options: null,
  };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
}

/** A workload whose pods declare ports in containers of every type. */
function workload(kind: string, path: readonly string[], port = 8080): JsonObject {
  const spec: JsonObject = {
    initContainers: [
      { name: 'init', image: 'localhost/a:1' },
      { name: 'proxy', image: 'localhost/a:1', restartPolicy: 'Always', ports: [{ containerPort: 80 }] },
    ],
    containers: [
      { name: 'api', image: 'localhost/a:1', ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }] },
      { name: 'metrics', image: 'localhost/a:1', ports: [{ containerPort: 9000, protocol: 'UDP' }, { containerPort: 7070 }] },
    ],
    schedulingGates: [{ name: 'portcullis.dev/policies' }],
    hostNetwork: false,
  };
  const metadata: JsonObject = {
    name: 'api',
    namespace: 'shop',
    labels: { app: 'api', tier: 'web' },
    annotations: { note: 'x' },
    managedFields: [],
  };
  const pod: JsonObject = { metadata: structuredClone(metadata), spec };
  const nested = [...path].reverse().reduce<JsonObject>((inner, step) => ({ [step]: inner }), pod);
  return { apiVersion: 'v1', kind, metadata, ...(path.length === 0 ? { spec } : nested) };
}

function binding(): JsonObject {
  const labels = { 'topology.kubernetes.io/zone': 'a', color: 'blue' };
  return { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'api', namespace: 'shop', labels }, target: { kind: 'Node', name: 'a' } };
}

function namespace(): ReviewParts {
  const metadata = { name: 'pr-7', labels: { 'kubernetes.io/metadata.name': 'pr-7', 'portcullis.dev/gate': 'open' } };
  return { kind: 'Namespace', group: '', object: { kind: 'Namespace', metadata }, name: 'pr-7', namespace: '' };
}

function configMap(): ReviewParts {
  const object = { kind: 'ConfigMap', metadata: { name: 'portcullis-template' }, data: { 'template.yaml': FUZZ_TEMPLATE } };
  return { kind: 'ConfigMap', group: '', object, name: 'portcullis-template', namespace: OWN_NAMESPACE };
}

function policy(): ReviewParts {
  const object = {
    kind: 'NetworkPolicy',
    metadata: { name: 'portcullis-block', labels: { 'app.kubernetes.io/managed-by': 'portcullis' } },
    spec: {
      podSelector: { matchLabels: { app: 'api' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'] }] },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } }], ports: [{ port: 80, endPort: 90, protocol: 'TCP' }] },
      ],
      egress: [{ to: [{ namespaceSelector: {}, podSelector: {} }], ports: [{ port: 'http' }] }],
    },
  };
  return { kind: 'NetworkPolicy', group: 'networking.k8s.io', object, name: 'portcullis-block' };
}

/** Who asks: the gate trusts some of them with more. */
export const USERS = ['alice', CONTROLLER, 'system:serviceaccount:kube-system:namespace-controller', 'system:node:a', ''] as const;
