import { beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_NAMESPACES, exampleConfigMap, exampleObjects, examplePod } from '../../demo/cluster-example.ts';
import { until } from '../cluster/wait.ts';
import { run, withFiles } from '../support/cli.ts';
import { rowsOf } from '../support/commands-on-server.ts';
import { installed, succeed } from '../support/install.ts';
import { policiesOf } from '../support/on-server.ts';
import { type Pod, podReady, startPod, untilAnswers } from '../support/pods.ts';
import { sharedNode } from './shared.ts';

/** The scenario of the research design with real pods: what nobody authorized answers, until the policies are in force. */

const node = sharedNode();
const { api } = node;

type Name = 'iperf' | 'nginx' | 'server';

let pods: Readonly<Record<Name, Pod>>;
let visitor: Pod;

const apply = (object: object) => succeed(api, ['apply', '-f', '-'], JSON.stringify(object));

async function runningPod(name: Name): Promise<Pod> {
  await podReady(api, name, name);
  const { status } = await api.request('GET', `/api/v1/namespaces/${name}/pods/${name}`);
  const { podIP: address } = status as { readonly podIP: string };
  return { namespace: name, name, address, addresses: [address] };
}

const isClosed = async (namespace: string) => (await policiesOf(api, namespace)).includes('portcullis-block');

beforeAll(async () => {
  await installed(node);
  await apply(exampleConfigMap('audit'));
  const noneClosed = async () => !(await Promise.all(EXAMPLE_NAMESPACES.map(isClosed))).includes(true);
  await apply(exampleObjects());
  await until('the namespaces to be open in audit', noneClosed, { deadline: 60_000 });
  const [iperf, nginx, server] = await Promise.all([runningPod('iperf'), runningPod('nginx'), runningPod('server')]);
  pods = { iperf, nginx, server };
  visitor = await startPod(api, { namespace: await api.namespace(), name: 'visitor' });
}, 900_000);

/** What a stranger gets: what is authorized always, the rest as said. */
const answers = (rest: 'open' | 'closed') =>
  ({
    [`udp ${pods.iperf.address} 5000`]: 'open',
    [`udp ${pods.iperf.address} 50600`]: 'open',
    [`tcp ${pods.iperf.address} 8000`]: rest,
    [`tcp ${pods.nginx.address} 80`]: 'open',
    [`udp ${pods.nginx.address} 12000`]: rest,
    [`tcp ${pods.server.address} 7777`]: 'open',
  }) as const;

describe('the running example', () => {
  it('answers on every port in audit', () => untilAnswers(api, visitor, answers('open')));

  it('is shown by run with the six rows of the design, its files, and all policies', { timeout: 300_000 }, async () => {
    await apply(exampleConfigMap('enforce'));
    const allClosed = async () => !(await Promise.all(EXAMPLE_NAMESPACES.map(isClosed))).includes(false);
    await until('the controller to close the namespaces', allClosed, { deadline: 60_000 });
    const ran = await withFiles({}, (folder) => run(['run', '--policies', folder, '--kubeconfig', api.kubeconfig()], { folder }));
    const [, ports = '', files = '', applied = '', policies = ''] = ran.out.split(/^\d\. .*\n/m);
    expect(EXAMPLE_NAMESPACES.flatMap((name) => rowsOf(ports, name))).toEqual([
      'iperf | iperf | 5000 | UDP | ✓',
      'iperf | iperf | 8000 | TCP | ✗',
      'iperf | iperf | 50600 | UDP | ✓',
      'nginx | nginx | 80 | TCP | ✓',
      'nginx | nginx | 12000 | UDP | ✗',
      'server | server | 7777 | TCP | ✓',
    ]);
    for (const name of EXAMPLE_NAMESPACES) {
      expect(files).toContain(`DIR/${name}-block.yaml`);
      expect(files).toContain(`DIR/${name}-allow.yaml`);
      expect(applied).toContain(`networkpolicy.networking.k8s.io/portcullis-block -n ${name} unchanged`);
      expect(rowsOf(policies, name)).toContain(`${name} | portcullis-block | <none> | AGE`);
    }
  });

  it('lets in what is authorized, and nothing else, to a pod of another namespace', () => untilAnswers(api, visitor, answers('closed')));

  it('lets a pod resolve names and reach what a rule declares, and nothing else', async () => {
    const name = ['exec', '-n', 'nginx', 'nginx', '--', '/netcheck', 'resolve', 'kubernetes.default.svc.cluster.local'];
    expect(await succeed(api, name)).toBe('10.96.0.1\n');
    const server = `tcp ${pods.server.address} 7777`;
    await untilAnswers(api, pods.nginx, { [server]: 'open', [`udp ${pods.iperf.address} 5000`]: 'closed' });
    await untilAnswers(api, pods.iperf, { [server]: 'closed' });
  });

  it('tells that the policy contains what listens without permission', { timeout: 240_000 }, async () => {
    const out = async () => (await scanWide()).out;
    await expect.poll(out, { timeout: 120_000, interval: 500 }).toMatch(/8000\/TCP .*contained/);
  });

  it('refuses at the gate, through the Service, a pod that declares the port', async () => {
    const pod = examplePod('iperf', { declares: ['8000/TCP'], listens: [] });
    const second = { ...pod, metadata: { ...pod.metadata, name: 'second' } };
    const { code, stderr } = await api.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(second) });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('container iperf  8000/TCP  not in the template') });
  });
});

const scanWide = () => run(['scan', '-n', 'iperf', '-o', 'wide', '--kubeconfig', api.kubeconfig()]);
