import { describe, expect, it } from 'vitest';
import type { ExecTarget } from '../../../src/adapters/kube/exec.ts';
import { execAgentSockets } from '../../../src/adapters/kube/exec-agent.ts';
import { KubeError } from '../../../src/adapters/kube/kube-error.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { writeNodeSockets } from '../../../src/core/node-sockets.ts';
import { inside, listener, podState } from '../../support/scan.ts';

const NEVER = new AbortController().signal;
const UID = (digit: number) => `00000000-0000-0000-0000-00000000000${digit}`;
const POD = podState({ uid: UID(1) });
const AGENTS = ['node-1', 'node-2'].map((nodeName) => podState({ namespace: 'portcullis-agent', name: `agent-${nodeName}`, nodeName }));
const ANSWER = writeNodeSockets({
  node: 'node-1',
  at: '2026-01-01T00:00:00Z',
  pods: new Map([
    [UID(1), { listeners: [listener('80')], cannotSee: 'processes' }],
    [UID(2), { reason: 'its process may not be read' }],
    ['0123456789abcdef0123456789abcdef', { listeners: [listener('6443')] }],
  ]),
});

function source(answer: (target: ExecTarget) => string | Error = () => ANSWER, pods: readonly PodState[] = [POD]) {
  const asked: string[] = [];
  const sockets = execAgentSockets({
    exec: async (target) => {
      asked.push(`${target.namespace}/${target.pod} ${target.container}: ${target.command.join(' ')}`);
      const said = answer(target);
      if (said instanceof Error) throw said;
      return said === '' ? { code: 3, stdout: '', stderr: 'portcullis: no /proc\n' } : { code: 0, stdout: said, stderr: '' };
    },
    agents: AGENTS,
    find: ({ uid }) => pods.find((pod) => pod.uid === uid),
  });
  return { asked, look: (pod: PodState) => sockets.sockets(pod, NEVER) };
}

describe('the inside view of the agents', () => {
  it('is asked for once for each node, for all of its pods', async () => {
    const other = podState({ uid: UID(2) });
    const far = podState({ uid: UID(3), nodeName: 'node-2' });
    const { look, asked } = source(undefined, [POD, other, far]);
    expect(await Promise.all([look(POD), look(other), look(far)])).toEqual([
      { ...inside(listener('80')), cannotSee: 'processes' },
      { known: false, reason: 'the agent of node node-1: its process may not be read' },
      { known: false, reason: 'the agent of node node-1 sees no process of the pod' },
    ]);
    expect(asked).toEqual(
      ['node-1', 'node-2'].map((node) => `portcullis-agent/agent-${node} agent: node /portcullis/dist/portcullis.js agent --once`),
    );
  });

  it('knows a static pod by the hash of its file', async () => {
    const mirror = { metadata: { annotations: { 'kubernetes.io/config.mirror': '0123456789abcdef0123456789abcdef' } } };
    const pod = podState({ uid: UID(9), object: mirror });
    expect(await source(undefined, [pod]).look(pod)).toEqual(inside(listener('6443')));
  });

  it.each<[string, PodState, (() => string | Error) | undefined, string]>([
    ['no agent runs on the node', podState({ uid: UID(1), nodeName: 'node-3' }), undefined, 'no agent runs on node node-3'],
    ['the pod is gone', podState({ uid: UID(8) }), undefined, 'the pod went away'],
    ['the agent fails', POD, () => '', 'the agent agent-node-1 ended with 3: portcullis: no /proc'],
    ['it answers something else', POD, () => '{"node":"n"}', 'the answer of the agent agent-node-1 is not {node, at, pods}'],
    ['it answers no JSON', POD, () => 'hello', expect.stringMatching(/^the answer of the agent agent-node-1 is not JSON: /)],
    [
      'nobody may ask it',
      POD,
      () => new KubeError('node in portcullis-agent/agent-node-1: 403 no', { status: 403, reason: 'Forbidden' }),
      'node in portcullis-agent/agent-node-1: 403 no',
    ],
  ])('is not known where %s', async (_, pod, answer, reason) => {
    const pods = pod.uid === UID(8) ? [] : [pod];
    expect(await source(answer, pods).look(pod)).toEqual({ known: false, reason });
  });
});
