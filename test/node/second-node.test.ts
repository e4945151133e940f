import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterNode, type NodeFacts, openNode } from '../cluster/node/open.ts';
import { sweep } from '../cluster/sweep.ts';
import { until } from '../cluster/wait.ts';
import { probeFrom, startPod, untilAnswers } from '../support/pods.ts';
import { links, NO_TRACE, type Traces, tracesOf } from './traces.ts';

/** A node of a process of its own, beside the one that the tier shares. */
interface Held {
  readonly facts: NodeFacts;
  readonly node: ClusterNode;
  /** Ends its process by a signal. */
  end(signal: NodeJS.Signals): Promise<void>;
  leaves(): Promise<Traces>;
}

async function hold(...options: readonly string[]): Promise<Held> {
  const before = links();
  const command = ['--import', 'tsx', 'test/cluster/node/hold.ts', '--beside', ...options];
  const holder: ChildProcess = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  if (holder.stdout === null) throw new Error('the process has no output');
  const line = (await createInterface({ input: holder.stdout })[Symbol.asyncIterator]().next()).value;
  const facts: NodeFacts = JSON.parse(line);
  return {
    facts,
    node: openNode(facts),
    async end(signal) {
      holder.kill(signal);
      await ended;
    },
    leaves: tracesOf(facts, before),
  };
}

const RUNNING = { processes: expect.any(Number), mounts: [], links: [], cgroup: true, folder: true };

describe('a node with both families', () => {
  let held: Held;
  beforeAll(async () => {
    held = await hold('--dual-stack');
  });
  afterAll(async () => {
    await held?.end('SIGKILL');
    await sweep();
  });

  it('gives pods an IPv6 address, which a policy does not cover here', async () => {
    const { api } = held.node;
    const namespace = await api.namespace();
    const [server, client] = await Promise.all([
      startPod(api, { namespace, name: 'server', listens: ['tcp:[::]:9999'] }),
      startPod(api, { namespace, name: 'client' }),
    ]);
    await api.request('POST', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, {
      metadata: { name: 'nothing' },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    });
    const [ipv4, ipv6] = server.addresses;
    await untilAnswers(api, client, { [`tcp ${ipv4} 9999`]: 'closed' });
    expect(await probeFrom(api, client, [`tcp ${ipv6} 9999`])).toMatchObject([{ answer: 'open' }]);
  });

  it('leaves nothing that runs when its process is killed by kill -9, and the next run removes the rest', async () => {
    expect(await held.leaves()).toEqual(RUNNING);
    await held.end('SIGKILL');
    await until('the node to end', async () => (await held.leaves()).processes === 0, { deadline: 30_000 });
    expect(await held.leaves()).toEqual({ ...NO_TRACE, cgroup: true, folder: true });
    expect(await sweep()).toContain(held.facts.folder);
    expect(await held.leaves()).toEqual(NO_TRACE);
  });
});

describe('a node that is stopped', () => {
  it('leaves nothing', async () => {
    const held = await hold();
    expect(await held.leaves()).toEqual(RUNNING);
    await held.end('SIGTERM');
    expect(await held.leaves()).toEqual(NO_TRACE);
  });
});
