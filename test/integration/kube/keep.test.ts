import { describe, expect, it } from 'vitest';
import { keepTemplate } from '../../../src/adapters/kube/configmaps.ts';
import { keepSlice, sliceAddresses } from '../../../src/adapters/kube/endpoint-slices.ts';
import { keepNamespace } from '../../../src/adapters/kube/namespaces.ts';
import { keepPod } from '../../../src/adapters/kube/pods.ts';
import { keepPolicy } from '../../../src/adapters/kube/policies.ts';
import { makeShare } from '../../../src/adapters/kube/share.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { asRecord } from '../../../src/core/unknown.ts';
import { readWorkload } from '../../../src/core/workload-reading.ts';

/** Shapes that no API server sends and a damaged proxy may. */
const ODD = [
  null,
  'text',
  7,
  [],
  {},
  { metadata: null, spec: [], status: 'x' },
  { metadata: { labels: [1], name: 5 }, spec: { containers: 'x' } },
];

describe('what is kept of a pod', () => {
  const pod = {
    metadata: {
      namespace: 'shop',
      name: 'api-1',
      uid: 'u',
      labels: { app: 'api' },
      annotations: { 'kubernetes.io/config.mirror': 'abc', secret: 'left out' },
      managedFields: [{ manager: 'x' }],
    },
    spec: {
      nodeName: 'n1',
      hostNetwork: true,
      schedulingGates: [{ name: 'portcullis.dev/policies' }],
      initContainers: [{ name: 'init', image: 'i', restartPolicy: 'Always', ports: [{ containerPort: 15000 }] }],
      containers: [
        {
          name: 'api',
          image: 'a',
          env: [{ name: 'PASSWORD', value: 'left out' }],
          ports: [{ containerPort: 8080, protocol: 'TCP', name: 'http' }],
        },
      ],
      volumes: [{}],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.7',
      podIPs: [{ ip: '10.0.0.7' }, { ip: 'fd00::7' }],
      containerStatuses: [{ restartCount: 2, containerID: 'c://1', state: { running: { startedAt: 'x' } } }],
      initContainerStatuses: [{ restartCount: 0, containerID: 'c://2', state: { terminated: {} } }],
    },
  };

  it('is what decisions and scans need, and no more', () => {
    expect(keepPod(pod)).toEqual({
      namespace: 'shop',
      name: 'api-1',
      uid: 'u',
      labels: { app: 'api' },
      phase: 'Running',
      deleting: false,
      hostNetwork: true,
      nodeName: 'n1',
      addresses: ['10.0.0.7', 'fd00::7'],
      schedulingGates: ['portcullis.dev/policies'],
      restarts: 4,
      running: true,
      object: {
        metadata: { name: 'api-1', labels: { app: 'api' }, annotations: { 'kubernetes.io/config.mirror': 'abc' } },
        spec: {
          nodeName: 'n1',
          hostNetwork: true,
          schedulingGates: [{ name: 'portcullis.dev/policies' }],
          initContainers: [{ name: 'init', restartPolicy: 'Always', ports: [{ containerPort: 15000 }] }],
          containers: [{ name: 'api', ports: [{ containerPort: 8080, protocol: 'TCP', name: 'http' }] }],
        },
      },
    });
  });

  it('is judged like the pod itself', () => {
    expect(readWorkload('Pod', keepPod(pod).object, 'shop')).toEqual(readWorkload('Pod', pod, 'shop'));
    const wrong = {
      ...pod,
      spec: { ...pod.spec, containers: [{ name: 'a', ports: 'x' }, { ports: [{ containerPort: 0 }] }], initContainers: [] },
    };
    expect(readWorkload('Pod', keepPod(wrong).object, 'shop')).toEqual(readWorkload('Pod', wrong, 'shop'));
  });

  it('counts a start of any container, also the first of an ephemeral one', () => {
    const { status } = pod;
    const restarts = (change: object) => keepPod({ ...pod, status: { ...status, ...change } }).restarts;
    expect(restarts({ containerStatuses: [{ restartCount: 3, containerID: 'c://3' }] })).toBe(5);
    expect(restarts({ ephemeralContainerStatuses: [{ restartCount: 0 }] })).toBe(4);
    expect(restarts({ ephemeralContainerStatuses: [{ restartCount: 0, containerID: 'c://9' }] })).toBe(5);
  });

  it.each(ODD)('is empty for %j', (value) => {
    expect(keepPod(value)).toMatchObject({ name: '', labels: {}, addresses: [], restarts: 0, running: false, deleting: false });
  });
});

describe('what many objects have in common', () => {
  const podOf = (name: string, app: string) => ({
    metadata: { namespace: 'shop', name, uid: name, labels: { app } },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', ports: [{ containerPort: 80 }] }] },
  });
  const policyOf = (namespace: string) => ({
    metadata: { namespace, name: 'block', labels: { a: 'b' }, annotations: { c: 'd' } },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [], egress: [] },
  });

  it('is kept once of pods: labels, and the containers of a spec', () => {
    const share = makeShare();
    const [one, two] = [keepPod(podOf('api-1', 'api'), share), keepPod(podOf('api-2', 'api'), share)];
    expect(two).toEqual(keepPod(podOf('api-2', 'api')));
    expect(two.labels).toBe(one.labels);
    expect(specOf(two).containers).toBe(specOf(one).containers);
    expect(keepPod(podOf('web-1', 'web'), share).labels).toEqual({ app: 'web' });
  });

  it('is kept once of policies: spec, labels and annotations', () => {
    const share = makeShare();
    const [one, two] = [keepPolicy(policyOf('a'), share), keepPolicy(policyOf('b'), share)];
    expect(two).toEqual(keepPolicy(policyOf('b')));
    expect(two?.spec).toBe(one?.spec);
    expect(two?.metadata.labels).toBe(one?.metadata.labels);
    expect(two?.metadata.annotations).toBe(one?.metadata.annotations);
  });

  it('is remembered within bounds: long values are their own, and after many others the first is forgotten', () => {
    const share = makeShare();
    const long = { a: 'x'.repeat(5_000) };
    share(long);
    expect(share({ ...long })).not.toBe(long);
    const first = { a: 'x' };
    share(first);
    expect(share({ a: 'x' })).toBe(first);
    for (let i = 0; i < 5_000; i += 1) share({ i });
    expect(share({ a: 'x' })).not.toBe(first);
  });
});

const specOf = ({ object }: PodState) => asRecord(asRecord(object).spec);

describe('what is kept of a policy', () => {
  const spec = { podSelector: {}, policyTypes: ['Ingress'], ingress: [] };
  const metadata = { namespace: 'shop', name: 'block', uid: 'u', resourceVersion: '7', labels: { a: 'b' }, annotations: { mine: 'x' } };
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec: { ...spec, egress: [] } };

  it('is its meaning and what people wrote at it, and not what kubectl and the API server note', () => {
    const annotations = { ...metadata.annotations, 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    expect(keepPolicy({ metadata: { ...metadata, annotations, managedFields: [{}], generation: 2 }, spec, status: {} })).toEqual(policy);
    expect(keepPolicy({ metadata, spec })).toEqual(policy);
  });

  it.each(ODD.slice(0, -1))('is nothing for %j', (value) => {
    expect(keepPolicy(value)).toBeUndefined();
  });
});

describe('what is kept of a namespace', () => {
  it('is its name, labels, age, and whether it is going away', () => {
    const metadata = { name: 'shop', uid: 'u', labels: { a: 'b' }, creationTimestamp: '2026-01-02T03:04:05Z' };
    const kept = { name: 'shop', uid: 'u', labels: { a: 'b' }, terminating: false, created: new Date('2026-01-02T03:04:05Z') };
    expect(keepNamespace({ metadata, status: { phase: 'Active' } })).toEqual(kept);
    expect(keepNamespace({ metadata, status: { phase: 'Terminating' } })).toEqual({ ...kept, terminating: true });
    expect(keepNamespace({ metadata: { ...metadata, deletionTimestamp: '2026-01-02T03:04:06Z' } })).toEqual({ ...kept, terminating: true });
  });

  it.each(ODD)('is empty for %j', (value) => {
    expect(keepNamespace(value)).toMatchObject({ name: '', labels: {}, terminating: false });
  });
});

describe('where the API server is', () => {
  it('is every address of every slice once, and no host name', () => {
    const slices = [
      {
        addressType: 'IPv4',
        endpoints: [{ addresses: ['192.0.2.9', '192.0.2.1'] }, { addresses: ['192.0.2.1'] }],
        ports: [{ port: 6443 }],
      },
      { addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::1'] }], ports: [{ name: 'x' }] },
      { addressType: 'FQDN', endpoints: [{ addresses: ['api.example.test'] }] },
      ...ODD,
    ].map(keepSlice);
    expect(sliceAddresses(slices)).toEqual(['192.0.2.1', '192.0.2.9', '2001:db8::1']);
    expect(slices.slice(0, 2).map(({ ports }) => ports)).toEqual([[6443], []]);
  });
});

describe('which ConfigMaps are the template', () => {
  const configMap = (name: string, label?: string) => ({
    metadata: { name, ...(label === undefined ? {} : { labels: { 'portcullis.dev/template': label } }) },
    data: { 'a.yaml': 'x' },
  });
  const cases: Record<string, readonly [unknown, boolean]> = {
    'the one of that name': [configMap('portcullis-template'), true],
    'another with the label': [configMap('team-a', 'true'), true],
    'another with the label off': [configMap('team-a', 'false'), false],
    'any other': [configMap('kube-root-ca.crt'), false],
    'the last good one, though labelled': [configMap('portcullis-template-accepted', 'true'), false],
    nothing: [null, false],
  };
  it.each(Object.entries(cases))('%s', (_sentence, [raw, expected]) => {
    expect(keepTemplate(raw) !== undefined).toBe(expected);
  });
});
