import { describe, expect, it } from 'vitest';
import { gatedCluster } from '../support/gated-cluster.ts';
import { documentOf } from '../support/parse-template.ts';
import { freshName } from '../support/tenant.ts';

/** What a tenant sees who makes pods and workloads, on a real API server with the gate before it. */

const TEMPLATE = documentOf(`mode: enforce
unlisted: audit
namespaces:
  - name: shop-*
    rules:
      - name: api
        pods: {app: api}
        ports: [8080/TCP, 9400-9500/UDP, 5300/UDP]
    hostPorts: [18080/TCP]
  - name: lab-*
    mode: audit
    rules:
      - name: api
        pods: {app: api}
        ports: [8080/TCP]
  - name: node-*
    hostNetwork: true
    rules: [{pods: {app: api}, ports: [8080]}]
`);

const cluster = gatedCluster({ template: TEMPLATE });

const fresh = (prefix: string) => cluster.api.namespace(freshName(prefix));
const labels = { app: 'api' };
type Port = Readonly<Record<string, unknown>>;
const container = (...ports: Port[]) => ({ name: 'api', image: 'api', ports });
const podTemplate = (...ports: Port[]) => ({ metadata: { labels }, spec: { containers: [container(...ports)] } });
const OPEN = { containerPort: 8080 };
const METRICS = { containerPort: 9090, name: 'metrics' };

const pod = (spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api', labels }, spec });
const deployment = (...ports: Port[]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api' },
  spec: { selector: { matchLabels: labels }, template: podTemplate(...ports) },
});

/** What `kubectl apply` says to alice. */
const apply = (namespace: string, object: object, ...args: string[]) =>
  cluster.api.kubectl(['apply', '-n', namespace, ...args, '-f', '-'], { stdin: JSON.stringify(object), user: 'alice' });

/** What the API server answers alice. */
const post = (collection: string, body: object) => cluster.tellAlice('POST', collection, body);

const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

/** The command that tells more of `Deployment shop/api`. */
const explaining = (what: string) =>
  `kubectl portcullis explain ${what.replace(/^(\w+) (\S+)\/(\S+)$/, (_, kind, namespace, name) => `${kind.toLowerCase()}/${name} -n ${namespace}`)}`;

const refusal = (hook: string, what: string, of: 'this pod' | 'these pods') =>
  [
    `admission webhook "${hook}" denied the request: ${what} declares a port that the template does not permit`,
    '  container api  9090/TCP (metrics)  not in the template',
    `Permitted for ${of}: 8080/TCP, 5300/UDP, 9400-9500/UDP (rule api, template.yaml:8)`,
    'To permit this, add under namespace shop-* (template.yaml:6):',
    '  rules:',
    '    - pods: {app: api}',
    '      ports: [9090/TCP]',
    'Mode enforce, by the default of template.yaml:3.',
    `Why: ${explaining(what)}`,
  ].join('\n');

const auditLines = (what: string) => [
  `portcullis audit: ${what}, container api: 9090/TCP (metrics) is not in the template`,
  `portcullis audit: mode enforce would refuse this; ${explaining(what)}`,
];
const printed = (warnings: readonly string[]) => warnings.map((line) => `Warning: ${line}\n`).join('');

describe('kubectl apply with a port that the template does not list', () => {
  const kinds = {
    Pod: { object: pod(podTemplate(OPEN, METRICS).spec), hook: 'pods.validate.portcullis.dev', of: 'this pod', resource: 'pod' },
    Deployment: { object: deployment(OPEN, METRICS), hook: 'validate.portcullis.dev', of: 'these pods', resource: 'deployment.apps' },
  } as const;

  it.each(Object.entries(kinds))('of a %s fails with what, why and what to do', async (kind, { object, hook, of }) => {
    const namespace = await fresh('shop');
    const text = refusal(hook, `${kind} ${namespace}/api`, of);
    expect(await apply(namespace, object)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error from server (Forbidden): error when creating "STDIN": ${text}\n`,
    });
  });

  it.each(Object.entries(kinds))('of a %s in mode audit succeeds and warns of the same', async (kind, { object, resource }) => {
    const namespace = await fresh('lab');
    expect(await apply(namespace, object)).toEqual({
      code: 0,
      stdout: `${resource}/api created\n`,
      stderr: printed(auditLines(`${kind} ${namespace}/api`)),
    });
  });

  it.each(Object.entries(kinds))(
    'of a %s gets the same answer in a dry run, which leaves nothing',
    async (kind, { object, hook, of, resource }) => {
      const [shop, lab] = [await fresh('shop'), await fresh('lab')];
      const before = await admissionMetrics();
      const refused = await apply(shop, object, '--dry-run=server');
      const warned = await apply(lab, object, '--dry-run=server');
      expect(refused).toEqual({
        code: 1,
        stdout: '',
        stderr: `Error from server (Forbidden): error when creating "STDIN": ${refusal(hook, `${kind} ${shop}/api`, of)}\n`,
      });
      expect(warned).toEqual({
        code: 0,
        stdout: `${resource}/api created (server dry run)\n`,
        stderr: printed(auditLines(`${kind} ${lab}/api`)),
      });
      expect(await admissionMetrics()).toEqual(before);
      expect(await leftIn(lab)).toEqual([]);
    },
  );

  it('is refused, one with permitted ports passes without a word', async () => {
    const namespace = await fresh('shop');
    expect(await apply(namespace, { apiVersion: 'v1', kind: 'List', items: [pod(podTemplate(OPEN).spec), deployment(OPEN)] })).toEqual({
      code: 0,
      stdout: 'pod/api created\ndeployment.apps/api created\n',
      stderr: '',
    });
  });
});

/** The counts and times of admissions, as /metrics shows them. */
async function admissionMetrics(): Promise<string[]> {
  return (await cluster.portcullis.metrics()).split('\n').filter((line) => line.startsWith('portcullis_admission'));
}

/** Pods, Deployments and Events of a namespace, by kind and name. */
async function leftIn(namespace: string): Promise<string[]> {
  const paths = [
    pods(namespace),
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  ];
  const lists = await Promise.all(paths.map((path) => cluster.api.request('GET', path)));
  return lists.flatMap(({ items }) => items ?? []).map(({ metadata }) => metadata?.name ?? '');
}

describe('each kind that carries a pod template is refused as a whole', () => {
  const simple = { selector: { matchLabels: labels }, template: podTemplate(METRICS) };
  const job = { template: { ...podTemplate(METRICS), spec: { ...podTemplate(METRICS).spec, restartPolicy: 'Never' } } };
  it.each<[string, string, object]>([
    ['Deployment', 'apis/apps/v1/namespaces/NS/deployments', simple],
    ['ReplicaSet', 'apis/apps/v1/namespaces/NS/replicasets', simple],
    ['StatefulSet', 'apis/apps/v1/namespaces/NS/statefulsets', simple],
    ['DaemonSet', 'apis/apps/v1/namespaces/NS/daemonsets', simple],
    ['ReplicationController', 'api/v1/namespaces/NS/replicationcontrollers', { template: podTemplate(METRICS) }],
    ['Job', 'apis/batch/v1/namespaces/NS/jobs', job],
    ['CronJob', 'apis/batch/v1/namespaces/NS/cronjobs', { schedule: '0 0 * * *', jobTemplate: { spec: job } }],
  ])('%s', async (kind, path, spec) => {
    const namespace = await fresh('shop');
    const answer = await post(`/${path.replace('NS', namespace)}`, { metadata: { name: 'api' }, spec });
    expect(answer).toEqual({
      status: 403,
      message: refusal('validate.portcullis.dev', `${kind} ${namespace}/api`, 'these pods'),
      warnings: [],
    });
  });

  it('and each is served in one version only, so that no older path leads past the rules', async () => {
    const served = async (group: string) =>
      ((await cluster.api.request('GET', `/apis/${group}`)).versions as { version: string }[]).map((one) => one.version);
    expect(await served('apps')).toEqual(['v1']);
    expect(await served('batch')).toEqual(['v1']);
  });
});

describe('the shapes of a pod', () => {
  const other = (fields: object) => ({ name: 'other', image: 'other', ...fields });
  const withInit = (fields: object) => ({ containers: [container(OPEN)], initContainers: [other(fields)] });
  const one = (...ports: Port[]) => ({ containers: [container(...ports)] });
  const udp = (containerPort: number) => ({ containerPort, protocol: 'UDP' });

  /** The lines about what is wrong; none: admitted. */
  const table: Record<string, readonly [spec: object, wrong: readonly string[]]> = {
    'an init container counts': [withInit({ ports: [METRICS] }), ['  init container other  9090/TCP (metrics)  not in the template']],
    'an init container with a permitted port passes': [withInit({ ports: [OPEN] }), []],
    'a native sidecar counts': [
      withInit({ ports: [METRICS], restartPolicy: 'Always' }),
      ['  sidecar container other  9090/TCP (metrics)  not in the template'],
    ],
    'UDP is permitted, TCP of the same number is not': [
      one({ containerPort: 5300 }, udp(5300)),
      ['  container api  5300/TCP  in the template for UDP only'],
    ],
    'both ends of a range are in it': [one(udp(9400), udp(9500)), []],
    'what is next to a range is not': [
      one(udp(9399), udp(9501)),
      ['  container api  9399/UDP  not in the template', '  container api  9501/UDP  not in the template'],
    ],
    'a host port that is not permitted': [one({ ...OPEN, hostPort: 18081 }), ['  container api  hostPort 18081/TCP is not in hostPorts']],
    'a host port of a permitted number, but UDP': [
      one({ ...udp(9400), hostPort: 18080 }),
      ['  container api  hostPort 18080/UDP is not in hostPorts'],
    ],
    'the network of the node': [{ ...one(OPEN), hostNetwork: true }, ['  pod  hostNetwork is not permitted here']],
  };
  it.each(Object.entries(table))('%s', async (_, [spec, wrong]) => {
    const answer = await post(pods(await fresh('shop')), pod(spec));
    const lines = answer.message?.split('\n') ?? [];
    const permitted = lines.findIndex((line) => line.startsWith('Permitted for'));
    expect({ status: answer.status, wrong: lines.slice(1, permitted === -1 ? undefined : permitted) }).toEqual({
      status: wrong.length === 0 ? 201 : 403,
      wrong,
    });
  });

  it('a permitted host port passes, with a warning', async () => {
    const namespace = await fresh('shop');
    expect(await post(pods(namespace), pod(one({ ...OPEN, hostPort: 18080 })))).toEqual({
      status: 201,
      message: undefined,
      warnings: [`portcullis: Pod ${namespace}/api: hostPort 18080 opens a port on the node`],
    });
  });

  it('the permitted network of the node passes, with a warning, and needs no host ports', async () => {
    const namespace = await fresh('node');
    expect(await post(pods(namespace), pod({ ...one(OPEN), hostNetwork: true }))).toEqual({
      status: 201,
      message: undefined,
      warnings: [`portcullis: Pod ${namespace}/api uses hostNetwork: network policies do not apply to this pod`],
    });
  });
});
