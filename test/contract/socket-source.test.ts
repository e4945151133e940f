import { describe, expect, it } from 'vitest';
import { agentSockets } from '../../src/adapters/agents/agent-sockets.ts';
import { namesFor } from '../../src/adapters/kube/ephemeral.ts';
import { ephemeralSockets } from '../../src/adapters/kube/ephemeral-sockets.ts';
import { execAgentSockets } from '../../src/adapters/kube/exec-agent.ts';
import { execSockets } from '../../src/adapters/kube/exec-sockets.ts';
import { localSockets } from '../../src/adapters/proc/local-sockets.ts';
import { writeNodeSockets } from '../../src/core/node-sockets.ts';
import type { SocketSource } from '../../src/ports.ts';
import { agentPki, controllerTls, startTestAgent } from '../support/agent.ts';
import { execPod, type PodWorld, startPodWorld } from '../support/exec-pods.ts';
import { hungListener } from '../support/listeners.ts';
import { inside, listener, podState } from '../support/scan.ts';
import { rememberingLog } from '../support/silence.ts';
import { type SocketSourceWorld, socketSourceContract } from './socket-source.ts';

const pod = { namespace: 'shop', name: 'api', uid: 'uid-1' };
const stranger = { namespace: 'shop', name: 'gone', uid: 'uid-2' };

/** What tests use in place of a real source. */
function fakeSource(): SocketSource {
  return {
    via: 'agent',
    async sockets({ uid }, signal) {
      if (signal.aborted) return { known: false, reason: 'it was stopped' };
      return uid === pod.uid ? inside(listener('80'), listener('53/UDP', '127.0.0.1')) : { known: false, reason: 'no such pod' };
    },
  };
}

for (const [via, open] of [
  ['exec', (world: PodWorld) => execSockets(world)],
  ['ephemeral', (world: PodWorld) => ephemeralSockets({ ...world, image: 'i', everyMs: 1, startMs: 50 })],
] as const) {
  socketSourceContract(via, async (): Promise<SocketSourceWorld> => {
    const world = await startPodWorld();
    const [name = ''] = namesFor('i');
    const states = [{ name, state: { running: {} } }];
    world.put(execPod(undefined, { spec: { ephemeralContainers: [{ name }] }, status: { ephemeralContainerStatuses: states } }));
    const listeners = ['0.0.0.0 8080/TCP', '127.0.0.1 53/UDP'];
    return { source: open(world), pod, stranger, listeners, close: async () => world[Symbol.asyncDispose]() };
  });
}

socketSourceContract('agent, by exec', async () => {
  const uid = '00000000-0000-0000-0000-000000000001';
  const pods = new Map([[uid, { listeners: [listener('80')] }]]);
  const stdout = writeNodeSockets({ node: 'node-1', at: '2026-01-01T00:00:00Z', pods });
  const there = podState({ uid });
  const source = execAgentSockets({
    exec: async () => ({ code: 0, stdout, stderr: '' }),
    agents: [podState({ name: 'agent' })],
    find: (one) => (one.uid === uid ? there : undefined),
  });
  return { source, pod: there, stranger, listeners: ['0.0.0.0 80/TCP'], close: async () => {} };
});

socketSourceContract('agent', async () => {
  const uid = '0b3a7d52-9f0c-4c1e-8a55-6f2d1c3b4a59';
  const pki = await agentPki();
  const agent = await startTestAgent({
    pki,
    prepare: async (proc) => {
      await proc.start({ pid: 20, namespace: 'api', pod: uid });
      await proc.listen('api', { tcp: ['00000000:0050 5'], udp: ['0100007F:0035 6'] });
    },
  });
  const source = agentSockets({
    agents: () => [{ node: agent.node, uid: 'agent', address: '127.0.0.1' }],
    placeOf: (one) => ({ node: agent.node, kubeletUid: one.uid }),
    podOf: (kubeletUid) => kubeletUid,
    tls: () => controllerTls(pki),
    log: rememberingLog(),
    port: await agent.port,
  });
  const close = async () => {
    await source.stop();
    await agent.stop();
  };
  return {
    source,
    pod: { ...pod, uid },
    stranger: { ...stranger, uid: uid.replaceAll('0', '1') },
    listeners: ['0.0.0.0 80/TCP', '127.0.0.1 53/UDP'],
    close,
  };
});

socketSourceContract('of tests', async () => ({
  source: fakeSource(),
  pod,
  stranger,
  listeners: ['0.0.0.0 80/TCP', '127.0.0.1 53/UDP'],
  close: async () => {},
}));

if (process.platform === 'linux') {
  socketSourceContract('local', async (): Promise<SocketSourceWorld> => {
    const process = await hungListener();
    const source = localSockets({ pids: ({ uid }) => (uid === pod.uid ? [process.pid] : []) });
    return { source, pod, stranger, listeners: [`127.0.0.1 ${process.number}/TCP`], close: process.close };
  });
} else {
  describe('the socket source local', () => {
    it('knows nothing on a system without procfs, and says why', async () => {
      const view = await localSockets({ pids: () => [process.pid] }).sockets(pod, new AbortController().signal);
      expect(view).toEqual({ known: false, reason: 'this system shows no sockets in /proc/PID/net' });
    });
  });
}
