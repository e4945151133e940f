import { describe, expect, it } from 'vitest';
import { startEnforcement } from '../../../src/app/enforcement.ts';
import type { Prober } from '../../../src/app/prober.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { enforcementText } from '../../../src/core/enforcement.ts';
import type { Finding, Reachability } from '../../../src/core/finding.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { formatPort } from '../../../src/core/port.ts';
import { namespaceState, podState } from '../../support/cluster-state.ts';
import { exposed, finding } from '../../support/findings.ts';
import { podResult } from '../../support/pod-result.ts';
import { rememberingLog, rememberingMetrics, settableClock } from '../../support/silence.ts';
import { authorityOf, entry } from '../../support/template.ts';
import { virtualTime } from '../../support/virtual-time.ts';

const PROBER: Prober = {
  known: true,
  name: 'portcullis-system/prober',
  stranger: { namespace: 'portcullis-system', namespaceLabels: {}, labels: {}, addresses: ['10.0.1.9'] },
};
const agent = (node: string, address: string, fields: Partial<PodState> = {}) =>
  podState(`portcullis-agent/agent-${node}`, {
    nodeName: node,
    addresses: [address],
    labels: { 'app.kubernetes.io/component': 'agent' },
    ...fields,
  });
const onNode = (node: string) => podState(`shop/on-${node}`, { nodeName: node });

interface Wishes {
  readonly pods: readonly PodState[];
  readonly prober?: Prober;
  readonly policies?: readonly NetworkPolicy[];
  readonly inPlace?: boolean;
  /** What a port answers, sample after sample; the last answer stays. */
  readonly says?: Readonly<Record<string, Reachability[]>>;
}

/** A cluster whose ports answer as the test says, sample after sample, in a time that the test moves. */
function world({ pods, prober = PROBER, policies = [], inPlace = true, says = {} }: Wishes) {
  const all = [...pods];
  const answers = new Map(Object.entries(says));
  const [told, pauses] = [[] as string[], [] as number[]];
  const [log, metrics] = [rememberingLog(), rememberingMetrics()];
  const time = virtualTime();
  const asked: string[] = [];
  const names = ['shop', 'lab', 'portcullis-agent'];
  const next = (key: string, otherwise: Reachability): Reachability => {
    const list = answers.get(key) ?? [];
    return (list.length > 1 ? list.shift() : list[0]) ?? otherwise;
  };
  const running = startEnforcement({
    authority: () => authorityOf([entry('shop'), entry('lab', { mode: 'audit' })]),
    view: {
      namespaces: () => names.map((name) => namespaceState(name)),
      namespace: (name) => (names.includes(name) ? namespaceState(name) : undefined),
      policies: () => policies,
      pods: (namespace) => all.filter((pod) => pod.namespace === namespace),
      apiServer: () => [],
    },
    inPlace: () => inPlace,
    scanner: {
      engine: 'connect',
      scan: async ({ address, ports }) => {
        asked.push(`${address} at ${time.now() / 1_000} s`);
        const probes = (ports === 'all' ? [] : ports).map((port) => ({
          port,
          reachability: next(`${address} ${formatPort(port)}`, port.number === 9444 ? 'open' : 'filtered'),
        }));
        return { known: true, engine: 'connect', probes };
      },
    },
    prober: () => prober,
    agents: 'portcullis-agent',
    ownNamespace: 'portcullis-system',
    announce: { namespace: (name, reason, message) => told.push(`${name} ${reason}: ${message}`) },
    metrics,
    log,
    clock: settableClock('2026-01-01T00:00:00Z'),
    periodMs: 60_000,
    changed: () => {},
    pause: (ms, signal) => {
      pauses.push(ms);
      return new Promise((resolve) => {
        time.later(resolve, ms);
        signal.addEventListener('abort', () => resolve());
      });
    },
  });
  /** Long enough for two samples of each port. */
  const settled = () => time.pass(3_000);
  return {
    ...{ told, log, metrics, pauses, asked, answers, pods: all, running, settled, pass: time.pass },
    /** The next one: two samples take a second. */
    period: () => time.pass(61_500),
    judged: async (findings: readonly Finding[]) => {
      running.listener.judged(podResult(podState('shop/api', { addresses: ['10.0.0.7'] }), findings), undefined);
      await settled();
    },
    lines: (scope: 'nodes' | 'namespaces') =>
      [...running[scope]()].map(([name, { evidence: _, ...said }]) => `${name}: ${enforcementText(said)}`).sort(),
  };
}

const ENFORCED = 'enforced: 9444/TCP of its agent answers at 10.0.0.1, and 9445/TCP is shut';
const BROKEN = 'not enforced: 9445/TCP of its agent answers at 10.0.0.1, and no policy permits it';
const NODE_TOLD =
  'portcullis-system PolicyNotEnforced: the policies of node n1 are present and not enforced: 9445/TCP of its agent answers at 10.0.0.1, and no policy permits it; look at the network plugin';

describe('each period, every node', () => {
  it('is proved by the canaries of its agent, or it is said why not', async () => {
    const off: Prober = { known: false, reason: 'outside of the pods' };
    const pods = [onNode('n1'), agent('n1', '10.0.0.1'), onNode('n2'), onNode('n3'), agent('n3', '10.0.0.3', { hostNetwork: true })];
    const here = world({ pods });
    await here.settled();
    expect(here.lines('nodes')).toEqual([
      `n1: ${ENFORCED}`,
      'n2: not proven: no agent runs on it',
      'n3: not proven: its agent agent-n3 is on the host network, which no policy covers',
    ]);
    expect(here.metrics.events.at(-1)).toEqual({ event: 'enforcement', scope: 'node', byState: { enforced: 1, 'not proven': 2 } });
    expect([here.told, here.log.lines]).toEqual([[], []]);
    await here.running.stop();
    const outside = world({ pods, prober: off });
    await outside.settled();
    expect(outside.lines('nodes')).toEqual(['n1', 'n2', 'n3'].map((node) => `${node}: not proven: outside of the pods`));
    await outside.running.stop();
  });

  it('takes two samples a second apart before it cries', async () => {
    const here = world({ pods: [agent('n1', '10.0.0.1')], says: { '10.0.0.1 9445/TCP': ['open', 'filtered'] } });
    await here.settled();
    expect([here.lines('nodes'), here.pauses, here.told]).toEqual([[`n1: ${ENFORCED}`], [1_000, 30_000], []]);
    await here.running.stop();
  });

  it('is told loudly where policies are not enforced, logged once, and told when they are again', async () => {
    const here = world({ pods: [agent('n1', '10.0.0.1')], says: { '10.0.0.1 9445/TCP': ['open'] } });
    await here.settled();
    await here.period();
    expect([here.lines('nodes'), here.told]).toEqual([[`n1: ${BROKEN}`], [NODE_TOLD, NODE_TOLD]]);
    expect(here.log.lines.map(({ level, message, fields }) => [level, message, fields.node])).toEqual([
      ['warn', 'policies are present and not enforced', 'n1'],
    ]);
    here.answers.set('10.0.0.1 9444/TCP', ['closed']).set('10.0.0.1 9445/TCP', ['closed']);
    await here.period();
    expect(here.told).toHaveLength(2);
    here.answers.set('10.0.0.1 9444/TCP', ['open']);
    await here.period();
    expect(here.told.slice(2)).toEqual([
      'portcullis-system PolicyEnforced: the policies of node n1 are enforced again: 9444/TCP of its agent answers at 10.0.0.1, and 9445/TCP is shut',
    ]);
    expect(here.log.lines.slice(1).map(({ message }) => message)).toEqual(['policies are enforced again']);
    await here.running.stop();
  });

  it('is looked at again sooner until there is a first proof, less and less often', async () => {
    const here = world({ pods: [agent('n1', '10.0.0.1'), agent('n2', '10.0.0.2')], says: { '10.0.0.2 9444/TCP': ['closed'] } });
    await here.pass(59_000);
    expect(here.lines('nodes')).toEqual([
      `n1: ${ENFORCED}`,
      'n2: not proven: 9444/TCP of its agent, which a policy permits, does not answer at 10.0.0.2',
    ]);
    const seconds = [0, 1, 3, 7, 15, 31];
    expect(here.asked).toEqual(['10.0.0.1 at 0 s', ...seconds.map((second) => `10.0.0.2 at ${second} s`)]);
    here.answers.set('10.0.0.2 9444/TCP', ['open']);
    await here.pass(2_000);
    expect(here.lines('nodes')).toEqual([`n1: ${ENFORCED}`, `n2: ${ENFORCED.replace('10.0.0.1', '10.0.0.2')}`]);
    here.asked.length = 0;
    await here.pass(58_000);
    expect(here.asked).toEqual([]);
    await here.running.stop();
  });

  it('that came meanwhile is proved within half a minute, and sooner once it was tried', async () => {
    const here = world({ pods: [agent('n1', '10.0.0.1')] });
    await here.pass(1_000);
    here.pods.push(onNode('n2'));
    await here.pass(29_000);
    expect(here.lines('nodes')).toEqual([`n1: ${ENFORCED}`, 'n2: not proven: no agent runs on it']);
    here.pods.push(agent('n2', '10.0.0.2'));
    await here.pass(1_000);
    expect([here.lines('nodes')[1], here.asked]).toEqual([
      `n2: ${ENFORCED.replace('10.0.0.1', '10.0.0.2')}`,
      ['10.0.0.1 at 0 s', '10.0.0.2 at 31 s'],
    ]);
    await here.running.stop();
  });

  it('is forgotten when it is gone', async () => {
    const here = world({ pods: [agent('n1', '10.0.0.1')] });
    await here.settled();
    here.pods.length = 0;
    await here.period();
    expect([here.lines('nodes'), here.metrics.events.at(-1)]).toEqual([[], { event: 'enforcement', scope: 'node', byState: {} }]);
    await here.running.stop();
  });
});

describe('after each scan, an enforced namespace', () => {
  const CONTROL = finding('8080', { authorized: 'rule api', reachable: 'yes' });
  const state = async (findings: readonly Finding[], wishes: Partial<Wishes> = {}, answers: Reachability[] = ['open']) => {
    const here = world({ pods: [], ...wishes });
    here.answers.set('10.0.0.7 9999/TCP', answers);
    await here.settled();
    await here.judged(findings);
    await here.running.stop();
    return [here.lines('namespaces'), here.told.length];
  };
  const WIDE: NetworkPolicy = {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'wide', namespace: 'shop' } },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}], egress: [] },
  };
  const BAD = 'shop: not enforced: 9999/TCP of pod api answers at 10.0.0.7, though its policies are in place and none permits it';

  it('is proved by a listener that is shut', async () => {
    expect(await state([CONTROL, finding('9999')])).toEqual([
      ['shop: enforced: 9999/TCP of pod api listens and is shut, while 8080/TCP of pod api answers'],
      0,
    ]);
  });

  it('is not enforced where a port answers twice more', async () => {
    expect(await state([CONTROL, exposed('9999')])).toEqual([[BAD], 1]);
  });

  it('is not blamed for one answer, a policy of somebody else, or a pair that is not there', async () => {
    const nothing = 'shop: not proven: no TCP port listens in it that nobody authorized, so no probe can show that one is shut';
    expect(await state([CONTROL, exposed('9999')], {}, ['open', 'filtered'])).toEqual([[nothing], 0]);
    expect(await state([exposed('9999')], { policies: [WIDE] })).toEqual([
      ['shop: not proven: 9999/TCP of pod api answers, also allowed by NetworkPolicy wide'],
      0,
    ]);
    expect(await state([exposed('9999')], { inPlace: false })).toEqual([['shop: not proven: its policies are not in place'], 0]);
    expect(await state([exposed('9999')], { prober: { known: false, reason: 'a node' } })).toEqual([['shop: not proven: a node'], 0]);
  });

  it('is looked at again each period, and forgotten with its pods; others are not judged', async () => {
    const here = world({ pods: [] });
    here.answers.set('10.0.0.7 9999/TCP', ['open']);
    await here.judged([CONTROL, exposed('9999')]);
    expect(here.lines('namespaces')).toEqual([BAD]);
    here.answers.set('10.0.0.7 9999/TCP', ['filtered']);
    await here.period();
    expect(here.lines('namespaces')[0]).toMatch(/^shop: not proven/);
    here.running.listener.gone(podState('shop/api'));
    here.running.listener.judged(podResult(podState('lab/api'), [exposed('9999')]), undefined);
    await here.settled();
    expect(here.lines('namespaces')).toEqual([]);
    await here.running.stop();
  });
});
