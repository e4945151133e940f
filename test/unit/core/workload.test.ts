import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath } from '../../../src/core/document.ts';
import { formatPort } from '../../../src/core/port.ts';
import { declaredPorts, isWorkloadKind, type Workload } from '../../../src/core/workload.ts';
import { readWorkload } from '../../../src/core/workload-reading.ts';

const SPEC = { containers: [{ name: 'web', ports: [{ containerPort: 8080 }] }] };
const POD = { metadata: { name: 'api', labels: { app: 'api' } }, spec: SPEC };
const TEMPLATE = { metadata: { labels: { app: 'api' } }, spec: SPEC };

const pod = (spec: unknown) => readWorkload('Pod', { metadata: { name: 'api' }, spec }, 'shop');
const oneContainer = (port: unknown, spec = {}) => pod({ ...spec, containers: [{ name: 'c', ports: [port] }] });

/** `web(container) 8080/TCP http host 80`, one line a declared port. */
function ports(workload: Workload): string[] {
  return declaredPorts(workload).map(({ container, declared: { port, name, hostPort } }) =>
    [
      `${container.name}(${container.type})`,
      formatPort(port),
      ...(name === undefined ? [] : [name]),
      ...(hostPort ? [`host ${hostPort}`] : []),
    ].join(' '),
  );
}

describe('the kinds that are judged', () => {
  const table: Record<string, [group: string, kind: string, answer: boolean]> = {
    Pod: ['', 'Pod', true],
    ReplicationController: ['', 'ReplicationController', true],
    Deployment: ['apps', 'Deployment', true],
    ReplicaSet: ['apps', 'ReplicaSet', true],
    StatefulSet: ['apps', 'StatefulSet', true],
    DaemonSet: ['apps', 'DaemonSet', true],
    Job: ['batch', 'Job', true],
    CronJob: ['batch', 'CronJob', true],
    'not a Deployment of another group': ['example.com', 'Deployment', false],
    'not a Job of the group apps': ['apps', 'Job', false],
    'not a Service': ['', 'Service', false],
    'not a kind named like a method of objects': ['apps', 'constructor', false],
  };
  it.each(Object.entries(table))('%s', (_, [group, kind, answer]) => expect(isWorkloadKind(group, kind)).toBe(answer));
});

describe('a workload is read', () => {
  const placed: Record<string, [object: unknown, specPath: string]> = {
    Pod: [POD, 'spec'],
    Deployment: [{ metadata: { name: 'api' }, spec: { template: TEMPLATE } }, 'spec.template.spec'],
    CronJob: [
      { metadata: { name: 'api' }, spec: { jobTemplate: { spec: { template: TEMPLATE } } } },
      'spec.jobTemplate.spec.template.spec',
    ],
  };
  it.each(Object.entries(placed))('where a %s keeps its pod', (kind, [object, specPath]) => {
    expect(readWorkload(kind, object, 'shop')).toEqual({
      workload: {
        kind,
        namespace: 'shop',
        name: 'api',
        labels: { app: 'api' },
        hostNetwork: false,
        specPath: specPath.split('.'),
        containers: [
          {
            name: 'web',
            type: 'container',
            path: [...specPath.split('.'), 'containers', 0],
            ports: [{ port: { number: 8080, protocol: 'TCP' }, index: 0 }],
          },
        ],
        schedulingGates: [],
        nodeName: '',
        mirror: false,
      },
      faults: [],
    });
  });

  it('with every kind of container, in the order in which they start', () => {
    const { workload } = pod({
      initContainers: [
        { name: 'migrate', ports: [{ containerPort: 1 }] },
        { name: 'proxy', restartPolicy: 'Always', ports: [{ containerPort: 2 }] },
      ],
      containers: [{ name: 'web', ports: [{ containerPort: 3, name: 'http' }] }],
      ephemeralContainers: [{ name: 'debug', ports: [{ containerPort: 4 }] }],
    });
    expect(ports(workload)).toEqual(['migrate(init) 1/TCP', 'proxy(sidecar) 2/TCP', 'web(container) 3/TCP http']);
  });

  it('with its gates, its node and its mark of a mirror', () => {
    const object = {
      metadata: { generateName: 'api-', annotations: { 'kubernetes.io/config.mirror': 'x' } },
      spec: { nodeName: 'node-1', schedulingGates: [{ name: 'a' }, { name: 'b' }] },
    };
    expect(readWorkload('Pod', object, 'shop').workload).toEqual({
      kind: 'Pod',
      namespace: 'shop',
      name: 'api-',
      labels: {},
      hostNetwork: false,
      specPath: ['spec'],
      containers: [],
      schedulingGates: ['a', 'b'],
      nodeName: 'node-1',
      mirror: true,
    });
  });

  it('and the pod template of a Deployment is never a mirror', () => {
    const template = { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } }, spec: SPEC };
    expect(readWorkload('Deployment', { spec: { template } }, 'shop').workload.mirror).toBe(false);
  });
});

describe('the defaults of the API', () => {
  const table: Record<string, [port: unknown, spec: object, expected: string]> = {
    'no protocol is TCP': [{ containerPort: 53 }, {}, '53/TCP'],
    'an empty protocol is TCP': [{ containerPort: 53, protocol: '' }, {}, '53/TCP'],
    'UDP is UDP': [{ containerPort: 53, protocol: 'UDP' }, {}, '53/UDP'],
    'SCTP is SCTP': [{ containerPort: 53, protocol: 'SCTP' }, {}, '53/SCTP'],
    'a hostPort is kept': [{ containerPort: 80, hostPort: 8080 }, {}, '80/TCP host 8080'],
    'hostPort 0 is none': [{ containerPort: 80, hostPort: 0 }, {}, '80/TCP'],
    'hostPort null is none': [{ containerPort: 80, hostPort: null }, {}, '80/TCP'],
    'hostNetwork binds the containerPort': [{ containerPort: 80 }, { hostNetwork: true }, '80/TCP host 80'],
    'hostNetwork with the same hostPort': [{ containerPort: 80, hostPort: 80 }, { hostNetwork: true }, '80/TCP host 80'],
  };
  it.each(Object.entries(table))('%s', (_, [port, spec, expected]) => {
    const { workload, faults } = oneContainer(port, spec);
    expect([ports(workload), faults]).toEqual([[`c(container) ${expected}`], []]);
  });
});

describe('the labels', () => {
  it('that are null are empty texts, as the API server stores them', () => {
    expect(readWorkload('Pod', { metadata: { labels: { app: null, tier: 'db' } } }, 'shop').workload.labels).toEqual({
      app: '',
      tier: 'db',
    });
  });

  it('that are no text are left out, and are a fault', () => {
    const { workload, faults } = readWorkload('Pod', { metadata: { labels: { app: 1, tier: 'db' } } }, 'shop');
    expect([workload.labels, faults.map(({ path, message }) => `${formatPath(path)}: ${message}`)]).toEqual([
      { tier: 'db' },
      ['metadata.labels.app: the value of a label must be a text'],
    ]);
  });
});

describe('what the API server would refuse as well', () => {
  const NUMBER = 'port must be an integer from 1 to 65535';
  const HOST = 'hostPort must be an integer from 1 to 65535';
  const at = 'spec.containers[0].ports[0]';
  const table: Record<string, [reading: ReturnType<typeof pod>, fault: string]> = {
    'port 0': [oneContainer({ containerPort: 0 }), `${at}.containerPort: ${NUMBER}`],
    'port 65536': [oneContainer({ containerPort: 65536 }), `${at}.containerPort: ${NUMBER}`],
    'a quoted port': [oneContainer({ containerPort: '80' }), `${at}.containerPort: ${NUMBER}`],
    'a fraction': [oneContainer({ containerPort: 80.5 }), `${at}.containerPort: ${NUMBER}`],
    'no containerPort': [oneContainer({ name: 'http' }), `${at}.containerPort: ${NUMBER}`],
    'a port that is a bare number': [oneContainer(80), `${at}.containerPort: ${NUMBER}`],
    'a protocol in small letters': [
      oneContainer({ containerPort: 80, protocol: 'tcp' }),
      `${at}.protocol: protocol must be one of TCP, UDP, SCTP`,
    ],
    'a hostPort beyond the end': [oneContainer({ containerPort: 80, hostPort: 70000 }), `${at}.hostPort: ${HOST}`],
    'another hostPort with hostNetwork': [
      oneContainer({ containerPort: 9100, hostPort: 9200 }, { hostNetwork: true }),
      `${at}.hostPort: hostPort must equal containerPort with hostNetwork`,
    ],
    'ports that are no list': [
      pod({ containers: [{ name: 'c', ports: { containerPort: 80 } }] }),
      'spec.containers[0].ports: ports must be a list',
    ],
    'containers that are no list': [pod({ containers: { name: 'c' } }), 'spec.containers: containers must be a list'],
    'a hostNetwork in quotes': [pod({ hostNetwork: 'true' }), 'spec.hostNetwork: hostNetwork must be true or false'],
    'ports of a debug container': [
      pod({ containers: [], ephemeralContainers: [{ name: 'a' }, { name: 'debug', ports: [{ containerPort: 4444 }] }] }),
      'spec.ephemeralContainers[1].ports: a debug container cannot declare ports',
    ],
    'a namespace that is a number': [
      readWorkload('Pod', { metadata: { name: 'api', namespace: 123 } }, 'default'),
      'metadata.namespace: namespace must be a text; a number or a word like true must be quoted',
    ],
    'metadata that are no object': [readWorkload('Deployment', { metadata: ['api'] }, 'default'), 'metadata: metadata must be an object'],
  };
  it.each(Object.entries(table))('%s', (_, [{ workload, faults }, fault]) => {
    expect([faults.map(({ path, message }) => `${formatPath(path)}: ${message}`), ports(workload)]).toEqual([[fault], []]);
  });

  const NAME = 'the name of a port has up to 15 small letters, digits and single hyphens, and a letter';
  const HTTP = { containerPort: 80, name: 'http' };
  const clashes: Record<string, [reading: ReturnType<typeof pod>, faults: string[]]> = {
    'one name twice in one container': [
      pod({ containers: [{ name: 'c', ports: [HTTP, { ...HTTP, containerPort: 81 }] }] }),
      ['spec.containers[0].ports[1].name: another port of this container is already named http'],
    ],
    'one name in two containers, which is right (case 03)': [
      pod({ initContainers: [{ name: 'i', ports: [HTTP] }], containers: [{ name: 'c', ports: [HTTP] }] }),
      [],
    ],
    'a name in capital letters': [oneContainer({ containerPort: 80, name: 'HTTP' }), [`${at}.name: ${NAME}`]],
    'a name of 16 letters': [oneContainer({ containerPort: 80, name: 'abcdefghijklmnop' }), [`${at}.name: ${NAME}`]],
    'a name without a letter': [oneContainer({ containerPort: 80, name: '80' }), [`${at}.name: ${NAME}`]],
    'a name that is a number': [oneContainer({ containerPort: 80, name: 80 }), [`${at}.name: the name of a port must be a text`]],
    'one host port twice in a pod': [
      pod({
        containers: [
          { name: 'a', ports: [{ containerPort: 80, hostPort: 8080 }] },
          { name: 'b', ports: [{ containerPort: 81, hostPort: 8080 }] },
        ],
      }),
      ['spec.containers[1].ports[0].hostPort: hostPort 8080/TCP is already bound by container a'],
    ],
    'one host port on two addresses, or for two protocols, which is right': [
      pod({
        containers: [
          {
            name: 'a',
            ports: [
              { containerPort: 53, hostPort: 53 },
              { containerPort: 53, hostPort: 53, protocol: 'UDP' },
              { containerPort: 54, hostPort: 53, hostIP: '10.0.0.1' },
            ],
          },
        ],
      }),
      [],
    ],
    'one host port in containers that run one by one, which is right': [
      pod({
        initContainers: [{ name: 'i', ports: [{ containerPort: 80, hostPort: 80 }] }],
        containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }],
      }),
      [],
    ],
    'one port twice on the host network, where each is a host port': [
      pod({ hostNetwork: true, containers: ['a', 'b'].map((name) => ({ name, ports: [{ containerPort: 80 }] })) }),
      ['spec.containers[1].ports[0].hostPort: hostPort 80/TCP is already bound by container a'],
    ],
    'the same in a template of pods, which the API server admits': [
      readWorkload(
        'Deployment',
        {
          spec: {
            template: { spec: { hostNetwork: true, containers: ['a', 'b'].map((name) => ({ name, ports: [{ containerPort: 80 }] })) } },
          },
        },
        'shop',
      ),
      [],
    ],
    'another host port of an init container on the host network, which the API server admits': [
      pod({ hostNetwork: true, initContainers: [{ name: 'i', ports: [{ containerPort: 80, hostPort: 81 }] }] }),
      [],
    ],
  };
  it.each(Object.entries(clashes))('%s', (_, [{ faults }, expected]) => {
    expect(faults.map(({ path, message }) => `${formatPath(path)}: ${message}`)).toEqual(expected);
  });

  it('each with its container, and the good ports beside it are still read', () => {
    const { workload, faults } = pod({
      initContainers: [{ name: 'i', ports: [{ containerPort: 1 }, { containerPort: 0 }, { containerPort: 2, hostPort: -1 }] }],
    });
    expect(ports(workload)).toEqual(['i(init) 1/TCP']);
    expect(faults).toEqual([
      {
        container: 'i',
        containerType: 'init',
        path: ['spec', 'initContainers', 0, 'ports', 1, 'containerPort'],
        message: NUMBER,
      },
      {
        container: 'i',
        containerType: 'init',
        port: { number: 2, protocol: 'TCP' },
        path: ['spec', 'initContainers', 0, 'ports', 2, 'hostPort'],
        message: HOST,
      },
    ]);
  });
});

describe('junk', () => {
  it('of any kind in any place is read or faulted, never thrown', () => {
    const junk = fc.anything();
    const port = fc.oneof(junk, fc.record({ containerPort: junk, protocol: junk, hostPort: junk, name: junk }));
    const container = fc.oneof(junk, fc.record({ name: junk, ports: fc.oneof(junk, fc.array(port)), restartPolicy: junk }));
    const spec = fc.record({
      containers: fc.oneof(junk, fc.array(container)),
      initContainers: fc.oneof(junk, fc.array(container)),
      hostNetwork: junk,
      schedulingGates: junk,
      nodeName: junk,
    });
    const object = fc.oneof(
      junk,
      fc.record({ metadata: fc.oneof(junk, fc.record({ name: junk, labels: junk, annotations: junk })), spec }),
    );
    fc.assert(
      fc.property(fc.constantFrom('Pod', 'Deployment', 'CronJob'), object, (kind, value) => {
        const { workload } = readWorkload(kind, value, 'shop');
        expect(workload.namespace).toBe('shop');
        for (const { declared } of declaredPorts(workload)) expect(formatPort(declared.port)).toMatch(/^[1-9][0-9]{0,4}\/(TCP|UDP|SCTP)$/);
      }),
      { numRuns: 1000 },
    );
  });
});
