import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type Pod, startPod, untilAnswers } from '../support/pods.ts';
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

  it('gives out what a container said, and runs commands in it', async () => {
    const { server } = await twoPods();
    const there = ['--namespace', server.namespace, server.name];
    expect((await api.kubectl(['logs', ...there])).stdout).toContain('8080');
    expect(await api.kubectl(['exec', ...there, '--', '/netcheck', 'probe', 'tcp 127.0.0.1 8080'])).toMatchObject({ code: 0 });
  });
});

describe('enforcement', () => {
  it('closes what a policy does not allow, over TCP and UDP; not while it is stopped', async () => {
    const { server, client } = await twoPods();
    await allowOnly8080(server);
    await untilAnswers(api, client, answersOf(server, 'closed'));
    await node.enforcement.stop();
    await untilAnswers(api, client, answersOf(server, 'open'));
    await node.enforcement.start();
    await untilAnswers(api, client, answersOf(server, 'closed'));
  });
});

describe('the relay', () => {
  it('reaches a TCP port of a pod from here', async () => {
    const { server } = await twoPods();
    await using exposed = await node.expose({ host: server.address, port: 8080 });
    expect(await text(connect(exposed.port, '127.0.0.1'))).toMatch(/./); // netcheck greets and hangs up
  });
});
