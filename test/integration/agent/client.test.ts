import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AgentAddress } from '../../../src/adapters/agents/agent-address.ts';
import { type AgentSockets, type AgentSocketsParts, agentSockets } from '../../../src/adapters/agents/agent-sockets.ts';
import type { InsideView } from '../../../src/core/finding.ts';
import { formatPort } from '../../../src/core/port.ts';
import { until } from '../../cluster/wait.ts';
import { type AgentPki, agentPki, controllerTls, startTestAgent, type TestAgent } from '../../support/agent.ts';
import { type FakeProc, TABLE_HEADER } from '../../support/fake-proc.ts';
import { rememberingLog } from '../../support/silence.ts';

const API = '0b3a7d52-9f0c-4c1e-8a55-6f2d1c3b4a59';
const WEB = '1c4b8e63-0a1d-4d2f-9b66-7a3e2d4c5b6a';
const HASH = '9aac5b5c8815def09a2ef9e37b89da55';
const NEVER = new AbortController().signal;
const pod = (uid: string) => ({ namespace: 'shop', name: 'api', uid });

let pki: AgentPki;
let other: AgentPki;
beforeAll(async () => {
  [pki, other] = await Promise.all([agentPki(), agentPki()]);
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function oneApi(proc: FakeProc): Promise<void> {
  await proc.start({ pid: 20, namespace: 'api', pod: API });
  await proc.listen('api', { tcp: ['00000000:1F90 5'] });
}

async function start(): Promise<TestAgent> {
  const agent = await startTestAgent({ pki, prepare: oneApi });
  closing.push(agent.stop);
  return agent;
}

const AGENT: AgentAddress = { node: 'node-1', uid: 'agent-1', address: '127.0.0.1' };

async function client(agent: Pick<TestAgent, 'port'>, parts: Partial<AgentSocketsParts> = {}): Promise<AgentSockets> {
  const sockets = agentSockets({
    agents: () => [AGENT],
    placeOf: ({ uid }) => ({ node: 'node-1', kubeletUid: uid }),
    podOf: (uid) => uid,
    tls: () => controllerTls(pki),
    log: rememberingLog(),
    port: await agent.port,
    timing: { agentsEveryMs: 20, backoffBaseMs: 20, backoffCapMs: 50 },
    ...parts,
  });
  closing.push(sockets.stop);
  return sockets;
}

function words(view: InsideView): string[] | string {
  return view.known ? view.listeners.map(({ address, port }) => `${address} ${formatPort(port)}`) : view.reason;
}

/** Collects what a watch tells. */
function watched(sockets: AgentSockets): string[] {
  const told: string[] = [];
  closing.push(sockets.watch((uid) => told.push(uid)));
  return told;
}

const soon = { deadline: 10_000 };

describe('the sockets of a pod by its agent', () => {
  it('are what is true when they are asked for', async () => {
    const agent = await start();
    const sockets = await client(agent);
    expect(await sockets.sockets(pod(API), NEVER)).toEqual({
      known: true,
      via: 'agent',
      listeners: [{ port: { number: 8080, protocol: 'TCP' }, address: '0.0.0.0', ephemeral: false }],
      cannotSee: 'process names',
    });
    await agent.proc.listen('api', { tcp: ['00000000:270F 6'] });
    expect(words(await sockets.sockets(pod(API), NEVER))).toEqual(['0.0.0.0 9999/TCP']);
  });

  it('are those of a static pod by the name that the kubelet has for it', async () => {
    const agent = await start();
    await agent.proc.start({ pid: 30, namespace: 'static', pod: HASH });
    await agent.proc.listen('static', { tcp: ['00000000:192B 7'] });
    const sockets = await client(agent, { placeOf: () => ({ node: 'node-1', kubeletUid: HASH }) });
    expect(words(await sockets.sockets(pod('uid-of-the-mirror'), NEVER))).toEqual(['0.0.0.0 6443/TCP']);
  });

  it('are not known, with a reason each, and never nothing', async () => {
    const agent = await start();
    await agent.proc.start({ pid: 30, namespace: 'bad', pod: WEB });
    await agent.proc.listen('bad', {});
    await agent.proc.write('namespaces/bad/tcp6', `${TABLE_HEADER}what\n`);
    const reason = async (parts: Partial<AgentSocketsParts>, uid = API) =>
      words(await (await client(agent, parts)).sockets(pod(uid), NEVER));
    const closed = { port: Promise.resolve(1) };
    expect({
      'of a pod on no node': await reason({ placeOf: () => undefined }),
      'of a node without an agent': await reason({ agents: () => [] }),
      'of a pod without a process': await reason({}, HASH),
      'of a pod whose tables cannot be read': await reason({}, WEB),
      'before there are certificates': await reason({ tls: () => 'there is no CA yet' }),
      'of an agent that another CA knows': await reason({ tls: () => ({ ...controllerTls(pki), ca: other.ca.certificate }) }),
      'of an agent that does not know us': await reason({
        tls: () => ({ ...controllerTls(pki), cert: other.controller.certificate, key: other.controller.key }),
      }),
      'of an agent that refuses us': await reason({
        tls: () => ({ ...controllerTls(pki), cert: pki.agent.certificate, key: pki.agent.key }),
      }),
      'of the agent of another node': await reason({
        agents: () => [{ ...AGENT, node: 'node-2' }],
        placeOf: () => ({ node: 'node-2', kubeletUid: API }),
      }),
      'of an agent that is away': words(await (await client(closed)).sockets(pod(API), NEVER)),
    }).toEqual({
      'of a pod on no node': 'the pod is on no node',
      'of a node without an agent': 'no agent runs on node node-1',
      'of a pod without a process': 'the agent of node node-1 sees no process of the pod',
      'of a pod whose tables cannot be read': 'the agent of node node-1: the table net/tcp6 has lines that cannot be read (1)',
      'before there are certificates': 'the agent of node node-1 does not answer: there is no CA yet',
      'of an agent that another CA knows': expect.stringMatching(/does not answer: .*(self-signed|unable to)/),
      'of an agent that does not know us': expect.stringMatching(/^the agent of node node-1 does not answer: /),
      'of an agent that refuses us': expect.stringMatching(/^the agent of node node-1 does not answer: /),
      'of the agent of another node': 'the agent of node node-2 does not answer: the agent of another node answers there (node-1)',
      'of an agent that is away': expect.stringMatching(/does not answer: .*ECONNREFUSED/),
    });
  });

  it('come by one request for all who ask while another is under way', async () => {
    const agent = await start();
    const sockets = await client(agent);
    const views = await Promise.all(Array.from({ length: 20 }, (_, index) => sockets.sockets(pod(index % 2 === 0 ? API : WEB), NEVER)));
    expect(views.map(words)).toEqual(
      views.map((_, index) => (index % 2 === 0 ? ['0.0.0.0 8080/TCP'] : 'the agent of node node-1 sees no process of the pod')),
    );
  });

  it('are given up when the caller stops, while others get theirs', async () => {
    const agent = await start();
    const sockets = await client(agent);
    const stop = new AbortController();
    const [given, kept] = [sockets.sockets(pod(API), stop.signal), sockets.sockets(pod(API), NEVER)];
    stop.abort();
    expect([words(await given), words(await kept)]).toEqual(['it was stopped', ['0.0.0.0 8080/TCP']]);
  });
});

describe('a watch over the nodes', () => {
  it('tells of each pod when it is first seen, when its sockets change, and when it is gone; not of clients', async () => {
    const agent = await start();
    const sockets = await client(agent);
    const told = watched(sockets);
    await until('the first word', async () => told.length === 1, soon);
    await agent.proc.listen('api', { tcp: ['00000000:1F90 5'], udp: ['00000000:9C40 8'] });
    await agent.proc.start({ pid: 30, namespace: 'web', pod: WEB });
    await agent.proc.listen('web', {});
    await until('the new pod', async () => told.includes(WEB), soon);
    expect(told).toEqual([API, WEB]);
    await agent.proc.listen('api', { tcp: ['00000000:1F90 5', '00000000:270F 6'] });
    await until('the change', async () => told.length === 3, soon);
    await agent.proc.end(30);
    await until('the end', async () => told.length === 4, soon);
    expect(told).toEqual([API, WEB, API, WEB]);
  });

  it('tells of pods by the uid that the API has', async () => {
    const agent = await start();
    const told = watched(await client(agent, { podOf: (uid) => `mirror of ${uid}` }));
    await until('the first word', async () => told.length === 1, soon);
    expect(told).toEqual([`mirror of ${API}`]);
  });

  it('outlives an agent, says meanwhile what is wrong, and tells afterwards of nothing but changes', async () => {
    const first = await startTestAgent({ pki, prepare: oneApi });
    let agents: AgentAddress[] = [AGENT];
    const log = rememberingLog();
    const sockets = await client(first, { agents: () => agents, log });
    const told = watched(sockets);
    await until('the agent to be watched', async () => sockets.nodes()[0]?.state === 'watching', soon);
    await first.stop();
    await until('a failure', async () => sockets.nodes()[0]?.state === 'failing', soon);
    expect(sockets.nodes()).toEqual([{ node: 'node-1', address: '127.0.0.1', state: 'failing', reason: expect.stringMatching(/\w/) }]);
    const second = await startTestAgent({
      ...{ pki, port: await first.port },
      prepare: async (proc) => {
        await oneApi(proc);
        await proc.start({ pid: 30, namespace: 'web', pod: WEB });
        await proc.listen('web', {});
      },
    });
    closing.push(second.stop);
    agents = [{ ...AGENT, uid: 'agent-2' }];
    await until('the new pod', async () => told.includes(WEB), soon);
    expect(told).toEqual([API, WEB]);
    agents = [];
    await until('no agent', async () => sockets.nodes().length === 0, soon);
    expect(log.lines.map(({ message }) => message)).toContain('an agent does not answer');
    expect(JSON.stringify(log.lines)).not.toMatch(/PRIVATE|BEGIN/);
  });

  it('asks with new certificates once they are there', async () => {
    const agent = await start();
    let tls: ReturnType<AgentSocketsParts['tls']> = 'there is no CA yet';
    const sockets = await client(agent, { tls: () => tls });
    const told = watched(sockets);
    await until('a failure', async () => sockets.nodes()[0]?.state === 'failing', soon);
    tls = controllerTls(pki);
    await until('the first word', async () => told.length === 1, soon);
    expect(sockets.nodes()).toEqual([{ node: 'node-1', address: '127.0.0.1', state: 'watching', since: expect.any(String) }]);
  });
});
