import { describe, expect, it } from 'vitest';
import type { Prober } from '../../../src/app/prober.ts';
import { keepQuarantine } from '../../../src/app/quarantine.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import type { Finding, Reachability } from '../../../src/core/finding.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { formatPort } from '../../../src/core/port.ts';
import { bookKey, bookText, readBook } from '../../../src/core/release.ts';
import type { OnViolation } from '../../../src/core/template/model.ts';
import { podState } from '../../support/cluster-state.ts';
import { exposed, finding } from '../../support/findings.ts';
import { podResult } from '../../support/pod-result.ts';
import { port } from '../../support/scan.ts';
import { rememberingLog, rememberingMetrics, settableClock } from '../../support/silence.ts';
import { authorityOf, entry } from '../../support/template.ts';

const LABEL = 'portcullis.dev/quarantine';
const PROBER: Prober = {
  known: true,
  name: 'portcullis-system/prober',
  stranger: { namespace: 'portcullis-system', namespaceLabels: {}, labels: {}, addresses: ['10.0.1.9'] },
};
const DEBUG: NetworkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'debug', namespace: 'shop' },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 9999 }] }], egress: [] },
};

interface Wishes {
  readonly mode?: 'enforce' | 'audit';
  readonly onViolation?: OnViolation;
  readonly prober?: Prober;
  readonly policies?: readonly NetworkPolicy[];
  /** The agent of the pod's node; absent: none runs. */
  readonly agent?: PodState | undefined;
}

const AGENT = podState('portcullis-agent/agent-node1', {
  addresses: ['10.0.0.2', 'fd00::2'],
  labels: { 'app.kubernetes.io/component': 'agent' },
});

/** A cluster with one namespace, in which time passes when the test says so. */
function world(wishes: Wishes = {}) {
  const { mode = 'enforce', onViolation = 'quarantine', prober = PROBER, policies = [] } = wishes;
  const agent = 'agent' in wishes ? wishes.agent : AGENT;
  const clock = settableClock('2026-01-01T00:00:00Z');
  const [log, metrics] = [rememberingLog(), rememberingMetrics()];
  const [told, labelled] = [[] as string[], [] as string[]];
  const pods = new Map<string, PodState>();
  let data: Readonly<Record<string, string>> = {};
  let answer: (port: string) => Reachability = () => 'filtered';
  let canary: Reachability = 'open';
  const delayed: { run: () => void; at: number }[] = [];
  const keeper = keepQuarantine(
    {
      authority: () => authorityOf([entry('shop', { mode, onViolation })]),
      view: {
        pods: (namespace) => (namespace === 'shop' ? [...pods.values()] : [agent ?? []].flat()),
        policies: () => policies,
      },
      agents: 'portcullis-agent',
      label: {
        put: async (pod, quarantined) => {
          const there = pods.get(pod.name);
          if (there?.uid !== pod.uid) return 'gone';
          labelled.push(`${pod.name} ${quarantined}`);
          pods.set(pod.name, { ...there, labels: quarantined ? { [LABEL]: 'true' } : {} });
          return 'put';
        },
      },
      releases: {
        write: async (entries) => {
          data = { ...data, ...Object.fromEntries(entries.map((one) => [bookKey(one), bookText(one)])) };
          keeper.booked(readBook(data));
        },
      },
      scanner: {
        engine: 'connect',
        scan: async ({ address, ports }) => {
          const list = ports === 'all' ? [] : ports;
          const isAgent = agent?.addresses.includes(address) === true;
          const says = (text: string) => (isAgent && text === '9444/TCP' ? canary : answer(text));
          return { known: true, engine: 'connect', probes: list.map((port) => ({ port, reachability: says(formatPort(port)) })) };
        },
      },
      prober: () => prober,
      announce: { pod: ({ name }, reason, message) => told.push(`${name} ${reason}: ${message}`) },
      metrics,
      log,
      clock,
      changed: () => {},
    },
    {
      later: (run, delayMs) => {
        delayed.push({ run, at: clock.now().getTime() + delayMs });
        return () => {};
      },
    },
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    told,
    labelled,
    log,
    metrics,
    pods,
    record: (uid: string) => JSON.parse(data[uid] ?? 'null'),
    open: (ports: readonly string[]) => {
      answer = (port) => (ports.includes(port) ? 'open' : 'filtered');
    },
    /** The canary of the agent gives this answer from now on. */
    canary: (says: Reachability) => {
      canary = says;
    },
    booked: async (more: Readonly<Record<string, string>> = {}) => {
      data = { ...data, ...more };
      keeper.booked(readBook(data));
      await settled();
    },
    /** `twice`: the ports that answered in two samples; all that are open unless given. */
    judged: async (pod: PodState, findings: readonly Finding[], twice?: readonly string[]) => {
      if (!pods.has(pod.name)) pods.set(pod.name, pod);
      const result = podResult(pods.get(pod.name) ?? pod, findings, clock.now());
      keeper.listener.judged(twice === undefined ? result : { ...result, twice: twice.map(port) }, undefined);
      await settled();
    },
    /** Lets so many seconds pass, with what was due in them. */
    pass: async (seconds: number) => {
      const end = clock.now().getTime() + seconds * 1000;
      for (;;) {
        const next = delayed.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        delayed.splice(delayed.indexOf(next), 1);
        clock.set(new Date(next.at));
        next.run();
        await settled();
      }
      clock.set(new Date(end));
    },
    keeper,
  };
}

const API = podState('shop/api', { addresses: ['10.0.0.7'] });
const RELEASE = {
  namespace: 'shop',
  pod: 'api',
  uid: API.uid,
  at: '2026-01-01T00:01:00Z',
  reason: 'a debugger',
  requestedBy: 'ann',
  ports: ['9999/TCP'],
};
const BEGUN =
  'api QuarantineBegun: 9999/TCP is open, though nobody authorized it: the pod is labelled for quarantine, so that no allow policy selects it, and is probed until its ports are shut';
const SHUT =
  'api PodQuarantined: quarantined: 8080/TCP, 9999/TCP shut at 10.0.0.7. Connections that existed before may live on. To release it: portcullis release shop/api --reason TEXT';
const FINDINGS = [finding('8080', { authorized: 'rule api', reachable: 'yes' }), exposed('9999')];

describe('a pod with an open port that nobody authorized', () => {
  it('is labelled, and called quarantined only after a probe found every port shut', async () => {
    const here = world();
    await here.booked();
    await here.judged(API, FINDINGS);
    expect([here.labelled, here.told]).toEqual([['api true'], [BEGUN]]);
    here.open(['9999/TCP']);
    await here.pass(1);
    expect([here.told, here.keeper.quarantined()[0]?.state]).toEqual([[BEGUN], 'open']);
    here.open([]);
    await here.pass(2);
    expect([here.told, here.keeper.quarantined()[0]?.state]).toEqual([[BEGUN, SHUT], 'shut']);
    expect(here.metrics.events.at(-1)).toEqual({ event: 'pods quarantined', byState: { shut: 1 } });
    await here.judged(API, FINDINGS);
    expect([here.labelled, here.told]).toEqual([['api true'], [BEGUN, SHUT]]);
    expect(here.record(`${API.uid}.quarantine`)).toMatchObject({ pod: 'api', ports: ['9999/TCP'] });
  });

  it('that stays open is told with the policies that open it', async () => {
    const here = world({ policies: [DEBUG] });
    await here.booked();
    await here.judged(API, FINDINGS);
    here.open(['9999/TCP', '8080/TCP']);
    await here.pass(30);
    expect(here.told).toEqual([BEGUN]);
    await here.pass(1);
    expect(here.told[1]).toBe(
      'api QuarantineIncomplete: not shut, though labelled for quarantine: 8080/TCP at 10.0.0.7, and no policy opens it: policies may not be enforced; 9999/TCP at 10.0.0.7, opened by NetworkPolicy debug',
    );
    await here.pass(600);
    expect(here.told).toHaveLength(2);
    here.open([]);
    await here.pass(60);
    expect(here.told[2]).toBe(SHUT);
  });

  const unproven: Record<string, [wishes: Wishes, canary: Reachability, doubt: string]> = {
    'no agent runs on its node': [{ agent: undefined }, 'open', 'no agent in the pod network of node node1 shows that probes get there'],
    'the agent of its node is on the host network': [
      { agent: { ...AGENT, hostNetwork: true } },
      'open',
      'no agent in the pod network of node node1 shows that probes get there',
    ],
    'the agent of its node has no address of its family': [
      { agent: { ...AGENT, addresses: ['fd00::2'] } },
      'open',
      'the agent of node node1 has no IPv4 address',
    ],
    'nothing gets to its node at all': [{}, 'filtered', '9444/TCP of the agent of node node1 does not answer at 10.0.0.2 either'],
  };
  it.each(Object.entries(unproven))('is not called quarantined where %s', async (_, [wishes, says, doubt]) => {
    const here = world(wishes);
    here.canary(says);
    await here.booked();
    await here.judged(API, FINDINGS);
    await here.pass(30);
    expect([here.told, here.keeper.quarantined()[0]?.state]).toEqual([[BEGUN], 'pending']);
    await here.pass(600);
    expect(here.told).toEqual([
      BEGUN,
      `api QuarantineUnproven: labelled for quarantine, and not proven to be shut: no answer of 8080/TCP, 9999/TCP at 10.0.0.7, but ${doubt}`,
    ]);
  });

  it('is called quarantined once probes get to its node', async () => {
    const here = world();
    here.canary('filtered');
    await here.booked();
    await here.judged(API, FINDINGS);
    await here.pass(10);
    expect(here.told).toEqual([BEGUN]);
    here.canary('open');
    await here.pass(10);
    expect([here.told, here.keeper.quarantined()[0]?.state]).toEqual([[BEGUN, SHUT], 'shut']);
  });

  it('is left alone until it is known who was released, and then not', async () => {
    const here = world();
    await here.judged(API, FINDINGS);
    expect(here.labelled).toEqual([]);
    await here.booked();
    expect(here.labelled).toEqual(['api true']);
  });

  const never: Record<string, [wishes: Wishes, pod: PodState, findings: Finding[], twice?: string[]]> = {
    'in audit': [{ mode: 'audit' }, API, FINDINGS],
    'where it is only reported': [{ onViolation: 'report' }, API, FINDINGS],
    'that listens but is shut': [{}, API, [finding('9999')]],
    'by UDP that is only possible': [{}, API, [finding('40000/UDP', { reachable: 'unknown', verdict: 'possible', severity: 'note' })]],
    'by TCP that answered once: perhaps before the policies reached the pod': [{}, API, FINDINGS, ['8080']],
    'by UDP that answered once': [{}, API, [exposed('5000/UDP')], []],
  };
  it.each(Object.entries(never))('is never shut off %s', async (_, [wishes, pod, findings, twice]) => {
    const here = world(wishes);
    await here.booked();
    await here.judged(pod, findings, twice);
    await here.pass(100);
    expect([here.labelled, here.told]).toEqual([[], []]);
  });

  it('is shut off by the second sample, for what both of them show', async () => {
    const here = world();
    await here.booked();
    const both = [...FINDINGS, exposed('7777')];
    await here.judged(API, both, []);
    expect(here.labelled).toEqual([]);
    await here.judged(API, both, ['8080', '9999']);
    expect([here.labelled, here.told]).toEqual([['api true'], [BEGUN]]);
  });

  it('is shut off by UDP that answered in two samples, of which nothing is claimed', async () => {
    const here = world();
    await here.booked();
    await here.judged(API, [exposed('5000/UDP'), finding('8080')], ['5000/UDP']);
    await here.pass(1);
    expect(here.told[1]).toContain('quarantined: 8080/TCP shut at 10.0.0.7; of 5000/UDP no probe can tell.');
  });

  const impossible: Record<string, [wishes: Wishes, pod: PodState, reason: string]> = {
    'on the host network': [
      {},
      { ...API, hostNetwork: true },
      'the pod is on the host network, which no NetworkPolicy covers; delete it, or move it off the host network',
    ],
    'seen by a node, which reaches every pod of its own': [
      { prober: { known: false, reason: 'the prober is on the host network' } },
      API,
      'the prober is on the host network',
    ],
  };
  it.each(Object.entries(impossible))('%s is told, and not labelled', async (_, [wishes, pod, reason]) => {
    const here = world(wishes);
    await here.booked();
    await here.judged(pod, FINDINGS);
    await here.judged(pod, FINDINGS);
    expect([here.labelled, here.told]).toEqual([
      [],
      [`api QuarantineImpossible: 9999/TCP is open, though nobody authorized it, and cannot be quarantined: ${reason}`],
    ]);
  });

  it('is not called quarantined by a probe that is not whole, or a pod of another uid', async () => {
    const here = world();
    await here.booked();
    await here.judged(API, FINDINGS);
    here.pods.set('api', { ...API, uid: 'another' });
    await here.pass(10);
    expect([here.told, here.keeper.quarantined()]).toEqual([[BEGUN], []]);
  });
});

describe('a release', () => {
  const released = async (here: ReturnType<typeof world>, fields: object = {}) => {
    await here.booked({ [API.uid]: JSON.stringify({ ...RELEASE, ...fields }) });
  };

  it('takes the label off, tells who and why, and holds for its ports only', async () => {
    const here = world();
    await here.booked();
    await here.judged(API, FINDINGS);
    await released(here);
    expect(here.labelled).toEqual(['api true', 'api false']);
    expect(here.told.at(-1)).toBe(
      'api QuarantineLifted: released from quarantine by ann: a debugger (another port than 9999/TCP quarantines it again)',
    );
    expect(here.record(API.uid)).toEqual({ ...RELEASE, liftedAt: '2026-01-01T00:00:00.000Z' });
    await here.pass(20);
    await here.judged(API, FINDINGS);
    expect(here.labelled).toHaveLength(2);
    await here.judged(API, [...FINDINGS, exposed('7777')]);
    expect(here.labelled).toEqual(['api true', 'api false', 'api true']);
    expect(here.record(`${API.uid}.quarantine`).ports).toEqual(['7777/TCP', '9999/TCP']);
    // The old wish is done, also after a restart: it does not lift what came later.
    await here.booked();
    expect(here.labelled).toHaveLength(3);
  });

  it('is carried out after a restart, of a pod that nobody scanned yet', async () => {
    const here = world();
    here.pods.set('api', { ...API, labels: { [LABEL]: 'true' } });
    await released(here);
    expect(here.labelled).toEqual(['api false']);
  });

  it('that was carried out before is not carried out again', async () => {
    const here = world();
    here.pods.set('api', { ...API, labels: { [LABEL]: 'true' } });
    await released(here, { liftedAt: '2026-01-01T00:00:30Z' });
    expect([here.labelled, here.told]).toEqual([[], []]);
  });

  it('works in audit as well', async () => {
    const here = world({ mode: 'audit' });
    here.pods.set('api', { ...API, labels: { [LABEL]: 'true' } });
    await released(here);
    expect(here.labelled).toEqual(['api false']);
  });

  it('of another pod of that name changes nothing', async () => {
    const here = world();
    here.pods.set('api', { ...API, uid: 'another', labels: { [LABEL]: 'true' } });
    await released(here);
    expect(here.labelled).toEqual([]);
  });
});
