import { describe, expect, it } from 'vitest';
import type { Authority } from '../../../../src/core/authority.ts';
import { MISCONFIGURATIONS, misconfigurationsOf } from '../../../../src/core/misconfigurations.ts';
import { manifestSet } from '../../../support/manifest-set.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../../support/template.ts';

const CLOSED = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('1-65535', '1-65535/UDP') })] })]);
const shop = (fields: Parameters<typeof entry>[1]) => authorityOf([entry('shop', fields)]);

interface Pod {
  readonly name?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly ports?: readonly object[];
  readonly container?: object;
  readonly more?: readonly object[];
  readonly spec?: object;
}

/** A Deployment of shop with the label app: NAME, and one container. */
function workload({
  name = 'api',
  kind = 'Deployment',
  namespace = 'shop',
  labels = { app: name },
  ports = [],
  container,
  more = [],
  spec,
}: Pod = {}) {
  const pod = { metadata: { labels }, spec: { containers: [{ name: 'main', ports, ...container }, ...more], ...spec } };
  const metadata = { name, namespace };
  if (kind === 'Pod') return { apiVersion: 'v1', kind, ...pod, metadata: { ...metadata, labels } };
  return { apiVersion: 'apps/v1', kind, metadata, spec: { selector: { matchLabels: labels }, template: pod } };
}

const service = (spec: object, name = 'front') => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec });
const policy = (spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace: 'shop' },
  spec,
});
const port = (containerPort: number, more: object = {}) => ({ containerPort, ...more });
const HTTP = { ports: [port(8080, { name: 'http' })] };
const toApi = (spec: object) => service({ selector: { app: 'api' }, ...spec });

/** `SEVERITY OBJECT PATH: MESSAGE; FIX`, of one class. */
function found(code: string, objects: readonly object[], authority: Authority): string[] {
  return misconfigurationsOf(manifestSet(objects, authority)).flatMap((one) =>
    one.code === code ? [`${one.severity} ${one.manifest.id} ${one.path.join('.')}: ${one.message}; ${one.fix}`] : [],
  );
}

type Case = readonly [objects: readonly object[], expected: readonly string[], authority?: Authority];

const API = 'Deployment/shop/api';
const CONTAINER = 'spec.template.spec.containers.0';
const FRONT = 'warning Service/shop/front';
const OWN_LABEL = 'give each workload a label of its own, such as app.kubernetes.io/component, and select by it';
const NO_HOST_NETWORK =
  'spec.template.spec.hostNetwork: no NetworkPolicy covers pods with hostNetwork, and the ports that they open are ports of the node; take hostNetwork away where the pod does not manage the node itself';
const NO_HOST_PORT =
  'hostPort 80/TCP opens a port of the node, past every NetworkPolicy of the pod; leave hostPort out, and lead to the pod by a Service';
const onHost = { spec: { hostNetwork: true } };
const bound = { ports: [port(8080, { hostPort: 80 })] };

const CASES: Record<string, Record<string, Case>> = {
  'host-network': {
    'warns where the mode is off, and nobody else would say it': [
      [workload(onHost)],
      [`warning ${API} ${NO_HOST_NETWORK}`],
      shop({ mode: 'off' }),
    ],
    'notes it where the template permits it': [[workload(onHost)], [`note ${API} ${NO_HOST_NETWORK}`], shop({ hostNetwork: true })],
    'leaves it to the gate where the template refuses it': [[workload(onHost)], []],
    'has nothing of pods with a network of their own': [[workload()], [], shop({ mode: 'off' })],
  },
  'host-port': {
    'warns where the mode is off': [[workload(bound)], [`warning ${API} ${CONTAINER}.ports.0: ${NO_HOST_PORT}`], shop({ mode: 'off' })],
    'notes a port that the template permits': [
      [workload(bound)],
      [`note ${API} ${CONTAINER}.ports.0: ${NO_HOST_PORT}`],
      shop({ hostPorts: ranges('80') }),
    ],
    'leaves one that it refuses to the gate': [[workload(bound)], [], shop({ hostPorts: ranges('81') })],
    'says nothing of single ports where every port is of the node': [[workload({ ...bound, ...onHost })], [], shop({ mode: 'off' })],
    'has nothing of a port of the pod': [[workload(HTTP)], [], shop({ mode: 'off' })],
  },
  'service-without-workload': {
    'notes a Service whose pods are not among the files': [
      [service({ selector: { app: 'elsewhere' } })],
      [
        'note Service/shop/front spec.selector: no workload among these files has the labels app=elsewhere; give the files of the workload as well, or correct the selector',
      ],
    ],
    'warns where a slip of the pen parts it from a workload': [
      [workload({ name: 'payment' }), service({ selector: { app: 'paymnet' } })],
      [
        `${FRONT} spec.selector.app: no workload among these files has the labels app=paymnet; Deployment/shop/payment has app=payment; write app: payment`,
      ],
    ],
    'does not take a workload for meant that has its own Service': [
      [workload({ name: 'payment' }), service({ selector: { app: 'paymnet' } }), service({ selector: { app: 'payment' } }, 'own')],
      [
        'note Service/shop/front spec.selector: no workload among these files has the labels app=paymnet; give the files of the workload as well, or correct the selector',
      ],
    ],
    'has nothing of a Service without a selector, or of another name': [
      [service({}), service({ type: 'ExternalName', selector: { app: 'x' } })],
      [],
    ],
    'finds the member of a StatefulSet by its own label': [
      [workload({ kind: 'StatefulSet', name: 'db' }), service({ selector: { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-0' } })],
      [],
    ],
  },
  'service-target-undeclared': {
    'warns of a number that no container declares': [
      [workload(HTTP), toApi({ ports: [{ port: 80, targetPort: 9090 }] })],
      [
        `${FRONT} spec.ports.0.targetPort: leads to 9090/TCP, which ${API} does not declare (declared: 8080/TCP (http)); declare 9090/TCP in the workload, or lead to a port that it declares`,
      ],
    ],
    'says so where only the protocol is another': [
      [workload({ ports: [port(53, { protocol: 'UDP' })] }), toApi({ ports: [{ port: 53 }] })],
      [
        `${FRONT} spec.ports.0.targetPort: leads to 53/TCP, which ${API} does not declare (declared for UDP only); write protocol: UDP here, or declare 53/TCP in the workload`,
      ],
    ],
    'takes the port itself where no target is written': [[workload(HTTP), toApi({ ports: [{ port: 8080 }] })], []],
    'has nothing where the pods declare it, whatever the port of the Service': [
      [workload(HTTP), toApi({ ports: [{ port: 80, targetPort: 8080 }] })],
      [],
    ],
    'does not count the ports of init containers': [
      [workload({ spec: { initContainers: [{ name: 'first', ports: [port(9090)] }] } }), toApi({ ports: [{ port: 9090 }] })],
      [
        `${FRONT} spec.ports.0.targetPort: leads to 9090/TCP, which ${API} does not declare (declared: none); declare 9090/TCP in the workload, or lead to a port that it declares`,
      ],
    ],
    'says nothing of a workload whose ports cannot be read': [
      [workload({ ports: [port(99999)] }), toApi({ ports: [{ port: 80, targetPort: 9090 }] })],
      [],
    ],
  },
  'service-target-unknown': {
    'warns of a name that no container gives, and knows the nearest': [
      [workload(HTTP), toApi({ ports: [{ port: 80, targetPort: 'htpp' }] })],
      [`${FRONT} spec.ports.0.targetPort: leads to "htpp", which names no TCP port of ${API} (declared: 8080/TCP (http)); write http`],
    ],
    'says that a number in quotes is a name': [
      [workload(HTTP), toApi({ ports: [{ port: 80, targetPort: '8080' }] })],
      [
        `${FRONT} spec.ports.0.targetPort: leads to "8080", which names no TCP port of ${API} (declared: 8080/TCP (http)); write 8080 without quotes`,
      ],
    ],
    'has nothing where a container of the pod has the name': [
      [workload({ more: [{ name: 'proxy', ...HTTP }] }), toApi({ ports: [{ port: 80, targetPort: 'http' }] })],
      [],
    ],
  },
  'service-selects-several': {
    'warns where only some declare the target': [
      [
        workload(HTTP),
        workload({ name: 'worker', labels: { app: 'api', part: 'worker' } }),
        toApi({ ports: [{ port: 80, targetPort: 8080 }] }),
      ],
      [
        `${FRONT} spec.ports.0.targetPort: leads to 8080/TCP, which ${API} declares and Deployment/shop/worker, selected as well, does not; select by a label that only the wanted workload has, or declare the port in both`,
      ],
    ],
    'warns where they name themselves different apps': [
      [
        workload({ ...HTTP, labels: { tier: 'x', app: 'api' } }),
        workload({ ...HTTP, name: 'db', labels: { tier: 'x', app: 'db' } }),
        service({ selector: { tier: 'x' }, ports: [{ port: 8080 }] }),
      ],
      [
        `${FRONT} spec.selector: selects ${API}, Deployment/shop/db, which name themselves different apps; select by a label that only the wanted workload has`,
      ],
    ],
    'has nothing of a canary with the same ports': [
      [workload(HTTP), workload({ ...HTTP, name: 'canary', labels: { app: 'api', track: 'canary' } }), toApi({ ports: [{ port: 8080 }] })],
      [],
    ],
    'lets a headless Service join the members of several': [
      [
        workload({ ...HTTP, labels: { tier: 'x', app: 'api' } }),
        workload({ ...HTTP, name: 'db', labels: { tier: 'x', app: 'db' } }),
        service({ selector: { tier: 'x' }, clusterIP: 'None', ports: [{ port: 8080 }] }),
      ],
      [],
    ],
  },
  'labels-collide': {
    'warns at the later of two that select each other': [
      [workload(), workload({ name: 'copy', labels: { app: 'api' } })],
      [`warning Deployment/shop/copy spec.selector: its selector app=api selects the pods of ${API} too; ${OWN_LABEL}`],
    ],
    'warns at the one whose selector is too wide': [
      [workload(), workload({ ...HTTP, name: 'worker', labels: { app: 'api', part: 'worker' } })],
      [`warning ${API} spec.selector: its selector app=api selects the pods of Deployment/shop/worker too; ${OWN_LABEL}`],
    ],
    'warns of pods that are alike and declare other ports': [
      [workload({ kind: 'Pod', name: 'one', labels: { app: 'x' } }), workload({ kind: 'Pod', name: 'two', labels: { app: 'x' }, ...HTTP })],
      [`warning Pod/shop/two metadata.labels: has the labels of Pod/shop/one, and declares other ports; ${OWN_LABEL}`],
    ],
    'has nothing of one object that stands in two files': [[workload(), workload()], []],
    'has nothing of the same labels in two namespaces': [[workload(), workload({ namespace: 'web' })], []],
    'has nothing of a canary that declares the same': [
      [workload(HTTP), workload({ ...HTTP, name: 'canary', labels: { app: 'api', track: 'canary' } })],
      [],
    ],
  },
  'probe-undeclared': {
    'warns of a number that no container declares, once for all who call it': [
      [workload({ ...HTTP, container: { livenessProbe: { tcpSocket: { port: 9 } }, lifecycle: { preStop: { httpGet: { port: 9 } } } } })],
      [
        `warning ${API} ${CONTAINER}.livenessProbe.tcpSocket.port: livenessProbe and lifecycle.preStop of container main call 9/TCP, which no container declares (declared: 8080/TCP (http)); declare 9/TCP in the container, or call a port that is declared`,
      ],
    ],
    'has nothing of a port of a neighbor, who shares the network': [
      [workload({ container: { readinessProbe: { grpc: { port: 8080 } } }, more: [{ name: 'proxy', ...HTTP }] })],
      [],
    ],
    'has nothing of a probe with a host of its own': [
      [workload({ container: { readinessProbe: { httpGet: { port: 9, host: '192.0.2.1' } } } })],
      [],
    ],
  },
  'probe-unknown': {
    'warns of a name that the container does not give, and knows the nearest': [
      [workload({ ...HTTP, container: { startupProbe: { httpGet: { port: 'htpt' } } } })],
      [
        `warning ${API} ${CONTAINER}.startupProbe.httpGet.port: startupProbe calls the port "htpt", and container main has none of that name; write http`,
      ],
    ],
    'says that a name of a neighbor does not count': [
      [workload({ container: { readinessProbe: { httpGet: { port: 'http' } } }, more: [{ name: 'proxy', ...HTTP }] })],
      [
        `warning ${API} ${CONTAINER}.readinessProbe.httpGet.port: readinessProbe calls the port "http", and container main has none of that name; container proxy has one, and a name counts in its own container only; write 8080`,
      ],
    ],
    'says that a number in quotes is a name': [
      [workload({ ...HTTP, container: { startupProbe: { httpGet: { port: '8080' } } } })],
      [
        `warning ${API} ${CONTAINER}.startupProbe.httpGet.port: startupProbe calls the port "8080", and container main has none of that name; write 8080 without quotes`,
      ],
    ],
    'has nothing of a name that the container gives': [
      [workload({ ...HTTP, container: { startupProbe: { httpGet: { port: 'http' } } } })],
      [],
    ],
  },
  'namespace-without-policy': {
    'warns where the files make the namespace as well': [
      [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, workload()],
      [
        'warning Namespace/shop metadata.name: no NetworkPolicy among these files is about namespace shop, and in mode audit Portcullis applies none; enforce the namespace in the template, or give it policies',
      ],
      shop({ mode: 'audit' }),
    ],
    'notes it where its policies may lie elsewhere, once': [
      [workload(), workload({ name: 'db' })],
      [
        `note ${API} metadata.namespace: no NetworkPolicy among these files is about namespace shop, and in mode off Portcullis applies none; enforce the namespace in the template, or give it policies`,
      ],
      shop({ mode: 'off' }),
    ],
    'has nothing where the template closes it': [[workload()], []],
    'has nothing where a policy is about it, of whatever API': [
      [workload(), { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', metadata: { name: 'p', namespace: 'shop' }, spec: {} }],
      [],
      shop({ mode: 'audit' }),
    ],
    'has nothing of pods that no policy could cover': [[workload(onHost)], [], shop({ mode: 'off' })],
  },
  'policy-names-service-port': {
    'warns where ingress opens the port of the Service': [
      [
        workload(HTTP),
        toApi({ ports: [{ port: 80, targetPort: 8080 }] }),
        policy({ podSelector: { matchLabels: { app: 'api' } }, ingress: [{ ports: [{ port: 80 }] }] }),
      ],
      [
        'warning NetworkPolicy/shop/p spec.ingress.0.ports.0.port: opens 80/TCP, the port of Service/shop/front; the pods behind it listen on another (declared: 8080/TCP (http)); write the port of the pods',
      ],
    ],
    'warns where egress does': [
      [
        workload(HTTP),
        toApi({ ports: [{ port: 80, targetPort: 'http' }] }),
        policy({
          podSelector: {},
          policyTypes: ['Egress'],
          egress: [{ to: [{ podSelector: { matchLabels: { app: 'api' } } }], ports: [{ port: 80 }] }],
        }),
      ],
      [
        'warning NetworkPolicy/shop/p spec.egress.0.ports.0.port: opens 80/TCP, the port of Service/shop/front; the pods behind it listen on another (declared: 8080/TCP (http)); write the port of the pods',
      ],
    ],
    'has nothing of the port of the pods': [
      [
        workload(HTTP),
        toApi({ ports: [{ port: 80, targetPort: 8080 }] }),
        policy({ podSelector: {}, ingress: [{ ports: [{ port: 8080 }] }] }),
      ],
      [],
    ],
    'has nothing where the Service translates nothing': [
      [
        workload(HTTP),
        toApi({ clusterIP: 'None', ports: [{ port: 80, targetPort: 8080 }] }),
        policy({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }),
      ],
      [],
    ],
  },
  'policy-widens': {
    'warns of each port that the template does not permit, at its place': [
      [policy({ podSelector: {}, ingress: [{ ports: [{ port: 80 }, { port: 81 }] }] })],
      [
        'warning NetworkPolicy/shop/p spec.ingress.0.ports.1: opens 81/TCP from anywhere, which the template does not permit; take it out, or have the template permit it',
      ],
      shop({ rules: [ruleIn({ ports: ranges('80') })] }),
    ],
    'warns of a rule without ports at the rule': [
      [policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{}] })],
      [
        'warning NetworkPolicy/shop/p spec.egress.0: opens every port to anywhere, which the template does not permit; take it out, or have the template permit it',
      ],
      shop({}),
    ],
    'has nothing of what the template permits': [[policy({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] })], []],
    'has nothing where the template says nothing of the namespace': [[policy({ podSelector: {}, ingress: [{}] })], [], authorityOf([])],
  },
};

describe('the classes of misconfigurations', () => {
  it('have cases, each of them', () => {
    expect(Object.keys(CASES).sort()).toEqual(MISCONFIGURATIONS.map(({ code }) => code).sort());
  });

  describe.each(Object.entries(CASES))('%s', (code, cases) => {
    it.each(Object.entries(cases))('%s', (_, [objects, expected, authority = CLOSED]) => {
      expect(found(code, objects, authority)).toEqual(expected);
    });
  });

  it('are notes where the namespace is exempt', () => {
    const objects = [workload({ namespace: 'kube-system', container: { livenessProbe: { tcpSocket: { port: 9 } } } })];
    expect(misconfigurationsOf(manifestSet(objects, CLOSED)).map(({ code, severity }) => [code, severity])).toEqual([
      ['probe-undeclared', 'note'],
    ]);
  });
});
