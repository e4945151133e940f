import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { serverReady } from '../cluster/ready.ts';
import { until } from '../cluster/wait.ts';
import { type Pod, podReady, startPod, untilAnswers } from '../support/pods.ts';
import { sharedNode } from './shared.ts';

const node = sharedNode();
const { api } = node;

const LISTENS = ['tcp:8080', 'tcp:9999', 'udp:8080', 'udp:9999'];

/** A listening pod, and another of the same namespace to probe it from. */
async function twoPods(): Promise<{ readonly server: Pod; readonly client: Pod }> {
  const namespace = await api.namespace();
  const [server, client] = await Promise.all([
    startPod(api, { namespace, name: 'server', labels: { app: 'server' }, listens: LISTENS }),
    startPod(api, { namespace, name: 'client' }),
  ]);
  return { server, client };
}

/** Lets 8080 of both protocols in, from anywhere. */
async function allowOnly8080({ namespace }: Pod): Promise<void> {
  await api.request('POST', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, {
    metadata: { name: 'only-8080' },
    spec: {
      podSelector: { matchLabels: { app: 'server' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          ports: [
            { port: 8080, protocol: 'TCP' },
            { port: 8080, protocol: 'UDP' },
          ],
        },
      ],
    },
  });
}

const answersOf = ({ address }: Pod, closed: 'open' | 'closed') =>
  ({
    [`tcp ${address} 8080`]: 'open',
    [`udp ${address} 8080`]: 'open',
    [`tcp ${address} 9999`]: closed,
    [`udp ${address} 9999`]: closed,
  }) as const;

describe('the node', () => {
  it('is ready, and is the release of Kubernetes that the module names', async () => {
    const { status } = await api.request('GET', '/api/v1/nodes/node1');
    expect(status).toMatchObject({
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True' })]),
      nodeInfo: { kubeletVersion: 'v1.36.3', kubeProxyVersion: expect.anything() },
    });
  });

  it('runs pods that reach each other, on all ports', async () => {
    const { server, client } = await twoPods();
    await untilAnswers(api, client, answersOf(server, 'open'));
  });

  it('resolves the names of Services in pods', async () => {
    const { client } = await twoPods();
    const resolve = ['exec', '--namespace', client.namespace, client.name, '--', '/netcheck', 'resolve', 'kubernetes.default'];
    expect(await api.kubectl(resolve)).toEqual({ code: 0, stdout: '10.96.0.1\n', stderr: '' });
  });

  it('reaches a Service by its name, from a pod with a shell', async () => {
    const { server } = await twoPods();
    const { namespace } = server;
    await api.request('POST', `/api/v1/namespaces/${namespace}/services`, {
      metadata: { name: 'web' },
      spec: { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    const shell = { name: 'main', image: 'localhost/base:1', imagePullPolicy: 'Never', command: ['sleep', 'infinity'] };
    const pod = { metadata: { name: 'shell' }, spec: { containers: [shell], terminationGracePeriodSeconds: 0 } };
    await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod);
    await podReady(api, namespace, 'shell');
    const greeting = async () => (await api.kubectl(['exec', '--namespace', namespace, 'shell', '--', 'nc', 'web', '80'])).stdout;
    await until('the Service to answer', async () => (await greeting()) === 'netcheck\n', { deadline: 20_000 });
  });

  it('gives out what a container said, and runs commands in it', async () => {
    const { server } = await twoPods();
    const there = ['--namespace', server.namespace, server.name];
    expect((await api.kubectl(['logs', ...there])).stdout).toContain('8080');
    expect(await api.kubectl(['exec', ...there, '--', '/netcheck', 'probe', 'tcp 127.0.0.1 8080'])).toMatchObject({ code: 0 });
  });

  it('lets an ephemeral container look at the processes of a pod', async () => {
    const { server } = await twoPods();
    const target = ['--namespace', server.namespace, server.name, '--target', 'main', '--profile', 'general', '--quiet'];
    const image = ['--image', 'localhost/base:1', '--image-pull-policy', 'Never', '--container', 'look'];
    await api.kubectl(['debug', ...target, ...image, '--', 'sh', '-c', 'tr "\\0" " " < /proc/1/cmdline']);
    const said = async () => (await api.kubectl(['logs', '--namespace', server.namespace, server.name, '--container', 'look'])).stdout;
    await until('the ephemeral container to speak', async () => (await said()).startsWith('/netcheck listen'), { deadline: 20_000 });
  });

  it('takes a denial of kubectl as it is', async () => {
    const { code, stderr } = await api.kubectl(['get', 'nodes'], { user: 'alice' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('User "alice" cannot list resource "nodes"') });
  });
});

describe('enforcement', () => {
  it('closes what a policy does not allow, over TCP and UDP; not while it is stopped', async () => {
    const { server, client } = await twoPods();
    await allowOnly8080(server);
    await untilAnswers(api, client, answersOf(server, 'closed'));
    await node.enforcement.without(() => untilAnswers(api, client, answersOf(server, 'open')));
    await untilAnswers(api, client, answersOf(server, 'closed'));
  });
});

describe('failures', () => {
  it('keeps pods and policies when API server and etcd are killed, and goes on when they are back', async () => {
    const { server, client } = await twoPods();
    await allowOnly8080(server);
    await untilAnswers(api, client, answersOf(server, 'closed'));
    const { namespace } = server;
    const pods = (await api.request('GET', `/api/v1/namespaces/${namespace}/pods`)).items?.map(({ metadata }) => metadata?.uid);
    for (const name of ['kube-apiserver', 'etcd'] as const) await node.daemons.kill(name);
    for (const name of ['etcd', 'kube-apiserver'] as const) await node.daemons.start(name);
    await serverReady(api, []);
    expect((await api.request('GET', `/api/v1/namespaces/${namespace}/pods`)).items?.map(({ metadata }) => metadata?.uid)).toEqual(pods);
    await untilAnswers(api, client, answersOf(server, 'closed'));
    await startPod(api, { namespace, name: 'later' });
  });

  it('tells of a daemon that ended by itself, with the last lines of its log', async () => {
    const check = () => node.daemons.check('kube-scheduler');
    await check();
    await node.run(['pkill', '--exact', 'kube-scheduler']);
    const hasEnded = () =>
      check().then(
        () => false,
        () => true,
      );
    await until('the end of the scheduler to be seen', hasEnded, { deadline: 20_000 });
    await expect(check()).rejects.toThrow(/^kube-scheduler ended \(code .*\):\n[IEW]\d{4} /);
    await node.daemons.kill('kube-scheduler');
    await node.daemons.start('kube-scheduler');
  });

  it('does not start a daemon twice, and says so across processes', async () => {
    await expect(node.daemons.start('etcd')).rejects.toThrow('etcd runs already');
  });
});

describe('the relay', () => {
  it('reaches a TCP port of a pod from here', async () => {
    const { server } = await twoPods();
    await using exposed = await node.expose({ host: server.address, port: 8080 });
    expect(await text(connect(exposed.port, '127.0.0.1'))).toMatch(/./); // netcheck greets and hangs up
  });
});
