import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portcullisImage } from '../cluster/images.ts';
import { type ClusterNode, type NodeFacts, openNode } from '../cluster/node/open.ts';
import { sweep } from '../cluster/sweep.ts';
import { until } from '../cluster/wait.ts';
import { templateOf } from '../support/commands-on-server.ts';
import { type Row, scanned } from '../support/node-scan.ts';
import { probeFrom, startPod, untilAnswers } from '../support/pods.ts';
import { standIn } from '../support/stand-in.ts';
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

/** One listener of each kind, permitted (808x) and not (900x): of both families by one socket, of IPv4 only, of IPv6 only. */
const OF_EACH_FAMILY = ['tcp:[::]:8080', 'tcp:8081', 'tcp6only:[::]:8082', 'tcp:[::]:9000', 'tcp:9001', 'tcp6only:[::]:9002'];

const SLOW = { timeout: 600_000 };

/** Port, where it listens, whether a stranger reaches it, and the verdict. */
const essence = ({ port, addresses, reachable, verdict }: Row) => `${port} ${addresses} ${reachable} ${verdict}`;

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

  it('shows by a scan what each listener of a pod with both families is, without a policy and with one', SLOW, async () => {
    const { api, importImages } = held.node;
    await importImages([await portcullisImage()]);
    await standIn(api, { namespace: 'portcullis-system', component: 'controller' });
    const namespace = await api.namespace();
    const template = templateOf(`  - {name: ${namespace}, rules: [{pods: {app: server}, ports: [8080-8082]}]}\n`);
    const server = await startPod(api, { namespace, name: 'server', labels: { app: 'server' }, listens: OF_EACH_FAMILY });
    const ways = ['--inside', 'ephemeral', '--image', 'localhost/base:1', '--outside', 'pod'];
    const look = async () => (await scanned(api, [`${namespace}/server`, ...ways], template)).rows.server?.map(essence);
    const permitted = ['8080/TCP :: yes undeclared', '8081/TCP 0.0.0.0 yes undeclared', '8082/TCP :: yes undeclared'];
    expect(await look()).toEqual([...permitted, '9000/TCP :: yes exposed', '9001/TCP 0.0.0.0 yes exposed', '9002/TCP :: yes exposed']);
    await api.request('POST', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, {
      metadata: { name: 'permitted' },
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 8080, endPort: 8082 }] }] },
    });
    const client = await startPod(api, { namespace, name: 'client' });
    await untilAnswers(api, client, { [`tcp ${server.address} 9001`]: 'closed', [`tcp ${server.address} 8081`]: 'open' });
    // The policy holds for IPv4 alone here: a port that answers at either address is open.
    expect(await look()).toEqual([...permitted, '9000/TCP :: yes exposed', '9001/TCP 0.0.0.0 no contained', '9002/TCP :: yes exposed']);
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
