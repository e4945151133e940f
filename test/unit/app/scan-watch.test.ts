import { describe, expect, it } from 'vitest';
import { alarmExposures } from '../../../src/app/exposure-alarm.ts';
import { countFindings } from '../../../src/app/finding-count.ts';
import { inTurn } from '../../../src/app/in-turn.ts';
import { type ScanWatchParts, watchScans } from '../../../src/app/scan-watch.ts';
import type { Authority } from '../../../src/core/authority.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import type { OutsideView } from '../../../src/core/finding.ts';
import { podState } from '../../support/cluster-state.ts';
import { inside, listener, probes } from '../../support/scan.ts';
import { rememberingLog, rememberingMetrics } from '../../support/silence.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

/** In every namespace of these, 8080 is permitted. */
const RULES = { rules: [ruleIn({ ports: ranges('8080') })] };
const AUTHORITY = authorityOf([
  entry('shop', RULES),
  entry('lab', { ...RULES, mode: 'audit' }),
  entry('free', { ...RULES, mode: 'off' }),
  entry('last', RULES),
]);

interface Wishes {
  readonly authority?: Authority | undefined;
  /** What answers from outside; 8080 and 9999 are open unless told otherwise. */
  readonly answer?: (address: string) => OutsideView | Promise<OutsideView>;
}

const open = (...ports: string[]): OutsideView => ({
  known: true,
  engine: 'nmap',
  probes: probes(Object.fromEntries(ports.map((port) => [port, 'open']))),
});

/** A cluster in which pods come, change and go, and everything that the watch did about it. */
function world(wishes: Wishes = {}) {
  const answer = wishes.answer ?? (() => open('8080/TCP', '9999/TCP'));
  const pods = new Map<string, PodState>();
  const [scanned, told] = [[] as string[], [] as string[]];
  const [metrics, log] = [rememberingMetrics(), rememberingLog()];
  const state = { authority: 'authority' in wishes ? wishes.authority : AUTHORITY };
  const parts: ScanWatchParts = {
    authority: () => state.authority,
    pods: (namespace) => [...pods.values()].filter((pod) => pod.namespace === namespace),
    means: {
      sweeps: inTurn(),
      sockets: { via: 'agent', sockets: async () => inside(listener('8080'), listener('9999', '0.0.0.0', { process: 'nc' })) },
      scanner: {
        engine: 'nmap',
        scan: async ({ address }) => {
          scanned.push(address);
          return answer(address);
        },
      },
    },
    listeners: [
      countFindings(metrics),
      alarmExposures({
        announce: { pod: ({ namespace, name }, reason, message) => told.push(`${namespace}/${name} ${reason}: ${message}`) },
        log,
      }),
    ],
    clock: { now: () => new Date() },
    log,
    parallelism: 1,
  };
  const watch = watchScans(parts);
  const change = (pod: PodState) => {
    pods.set(`${pod.namespace}/${pod.name}`, pod);
    watch.podChanged(pod, false);
  };
  const gone = (pod: PodState) => {
    pods.delete(`${pod.namespace}/${pod.name}`);
    watch.podChanged(pod, true);
  };
  let marks = 0;
  /** Whatever was asked before has been worked on: one pod at a time, and the last one's turn has come. */
  const settled = async () => {
    marks += 1;
    const address = `10.9.9.${marks}`;
    state.authority ??= AUTHORITY;
    change(podState(`last/mark-${marks}`, { addresses: [address] }));
    await expect.poll(() => scanned.includes(address), { interval: 1 }).toBe(true);
  };
  const seen = () => scanned.filter((address) => !address.startsWith('10.9.9.'));
  return { state, watch, change, gone, settled, seen, told, log, metrics };
}

const api = (fields: Partial<PodState> = {}, namespace = 'shop') => podState(`${namespace}/api`, { addresses: ['10.0.0.7'], ...fields });
const TOLD = 'shop/api PortExposed: 9999/TCP (nc): open, though nobody authorized it';
const aboutApi = (told: readonly string[]) => told.filter((line) => line.startsWith('shop/api'));

describe('the scan after admission', () => {
  const first = { restarts: 0 };
  const table: Record<string, [states: Partial<PodState>[], scanned: string[]]> = {
    'looks at a pod that runs': [[first], ['10.0.0.7']],
    'waits until a container of it runs': [[{ running: false }], []],
    'leaves a pod that is being deleted alone': [[{ deleting: true }], []],
    'leaves a pod that has ended alone': [[{ phase: 'Succeeded' }], []],
    'leaves a pod without an address alone': [[{ addresses: [] }], []],
    'looks once it runs': [[{ running: false }, { running: true }], ['10.0.0.7']],
    'does not look twice at one state': [[first, first, { labels: { app: 'b' } }], ['10.0.0.7']],
    'looks again after a restart': [
      [first, { restarts: 1 }],
      ['10.0.0.7', '10.0.0.7'],
    ],
    'looks again at a new address': [
      [first, { addresses: ['10.0.0.8'] }],
      ['10.0.0.7', '10.0.0.8'],
    ],
    'looks again at another pod of the same name': [
      [first, { uid: 'uid-2' }],
      ['10.0.0.7', '10.0.0.7'],
    ],
    'is not disturbed by another order of the addresses': [
      [{ addresses: ['10.0.0.7', 'fd00::7'] }, { addresses: ['fd00::7', '10.0.0.7'] }],
      ['10.0.0.7', 'fd00::7'],
    ],
  };
  it.each(Object.entries(table))('%s', async (_, [states, scanned]) => {
    const here = world();
    for (const state of states) {
      here.change(api(state));
      await here.settled();
    }
    expect(here.seen()).toEqual(scanned);
  });

  const namespaces: Record<string, [namespace: string, scanned: number, told: number]> = {
    'looks and tells in enforce': ['shop', 1, 1],
    'looks and tells in audit': ['lab', 1, 1],
    'does not look where the mode is off': ['free', 0, 0],
    'does not look into an exempt namespace': ['kube-system', 0, 0],
  };
  it.each(Object.entries(namespaces))('%s', async (_, [namespace, scanned, told]) => {
    const here = world();
    here.change(api({}, namespace));
    await here.settled();
    expect([here.seen().length, here.told.filter((line) => line.startsWith(`${namespace}/api PortExposed`)).length]).toEqual([
      scanned,
      told,
    ]);
  });

  it('tells a violation once, also where a restart shows it again, and logs it', async () => {
    const here = world();
    for (const restarts of [0, 1, 2]) {
      here.change(api({ restarts }));
      await here.settled();
    }
    expect(aboutApi(here.told)).toEqual([TOLD]);
    expect(here.log.lines.filter(({ fields }) => fields.pod === 'shop/api')).toEqual([
      {
        level: 'warn',
        message: 'a port is open that nobody authorized',
        fields: { pod: 'shop/api', port: '9999/TCP', reason: 'open, though nobody authorized it' },
      },
    ]);
  });

  it('tells a violation again that had gone, and of another pod of the same name', async () => {
    const answers = [open('8080/TCP', '9999/TCP'), open('8080/TCP'), open('8080/TCP', '9999/TCP'), open('8080/TCP', '9999/TCP')];
    const here = world({ answer: (address) => (address === '10.0.0.7' ? (answers.shift() ?? open()) : open()) });
    for (const state of [{ restarts: 0 }, { restarts: 1 }, { restarts: 2 }, { uid: 'uid-2' }]) {
      here.change(api(state));
      await here.settled();
    }
    expect(aboutApi(here.told)).toEqual([TOLD, TOLD, TOLD]);
  });

  it('counts all findings that stand, and forgets those of pods that are gone', async () => {
    const here = world({ answer: (address) => (address.startsWith('10.9.9.') ? open() : open('8080/TCP', '9999/TCP')) });
    const counts = () => here.metrics.events.at(-1);
    here.change(api());
    await expect.poll(counts).toEqual({ event: 'findings', byVerdict: { undeclared: 1, exposed: 1 } });
    here.change(podState('shop/web', { addresses: ['10.0.0.8'] }));
    await expect.poll(counts).toEqual({ event: 'findings', byVerdict: { undeclared: 2, exposed: 2 } });
    here.gone(api());
    expect(counts()).toEqual({ event: 'findings', byVerdict: { undeclared: 1, exposed: 1 } });
    here.change(podState('shop/web', { addresses: ['10.0.0.8'], deleting: true }));
    expect(counts()).toEqual({ event: 'findings', byVerdict: {} });
    here.gone(podState('shop/web'));
    expect(here.metrics.events).toHaveLength(4);
  });

  it('looks anew at a pod that comes back', async () => {
    const here = world();
    here.change(api());
    await here.settled();
    here.gone(api());
    here.change(api());
    await here.settled();
    expect([here.seen(), aboutApi(here.told)]).toEqual([
      ['10.0.0.7', '10.0.0.7'],
      [TOLD, TOLD],
    ]);
  });

  it('discards the scan of a pod that went away meanwhile, and says so', async () => {
    const here = world({
      answer: (address) => {
        if (address === '10.0.0.7') here.gone(api());
        return open('9999/TCP');
      },
    });
    here.change(api());
    await here.settled();
    expect(aboutApi(here.told)).toEqual([]);
    expect(here.log.lines.slice(0, 1)).toEqual([
      { level: 'info', message: 'a scan was discarded', fields: { pod: 'shop/api', reason: 'the pod went away during the scan' } },
    ]);
  });

  it('looks again at a pod that changed under both attempts', async () => {
    let restarts = 0;
    const here = world({
      answer: (address) => {
        if (address === '10.0.0.7' && restarts < 2) {
          restarts += 1;
          here.change(api({ restarts }));
        }
        return open('9999/TCP');
      },
    });
    here.change(api());
    await here.settled();
    expect([here.seen().length, aboutApi(here.told)]).toEqual([3, [TOLD]]);
  });

  it('does not look before there is a template; asked again, it does', async () => {
    const here = world({ authority: undefined });
    here.change(api());
    expect(here.seen()).toEqual([]);
    await here.settled();
    expect(here.seen()).toEqual([]);
    here.change(api());
    await here.settled();
    expect(here.seen()).toEqual(['10.0.0.7']);
  });

  it('says where the outside view is not known, and remembers what it saw', async () => {
    const broken: OutsideView = { known: false, engine: 'nmap', reason: 'nmap was killed', partial: probes({ '9999/TCP': 'open' }) };
    const here = world({ answer: (address) => (address === '10.0.0.7' ? broken : open()) });
    here.change(api());
    await here.settled();
    expect(here.log.lines.slice(0, 1)).toEqual([
      {
        level: 'warn',
        message: 'the outside view is not known',
        fields: { pod: 'shop/api', address: '10.0.0.7', reason: 'nmap was killed' },
      },
    ]);
    expect(aboutApi(here.told)).toEqual([TOLD]);
  });

  it('goes on after a scanner that threw, and tries that pod again', async () => {
    let failures = 0;
    const here = world({
      answer: (address) => {
        if (address !== '10.0.0.7' || failures > 0) return open('9999/TCP');
        failures += 1;
        throw new Error('no nmap');
      },
    });
    here.change(api());
    await here.settled();
    await expect.poll(() => aboutApi(here.told), { interval: 1 }).toEqual([TOLD]);
    expect(here.log.lines.slice(0, 1)).toEqual([
      { level: 'warn', message: 'a pod could not be scanned', fields: { pod: 'shop/api', error: new Error('no nmap') } },
    ]);
  });

  it('starts no scan after it was stopped', async () => {
    const here = world();
    await here.watch.stop();
    here.change(api());
    await here.watch.stop();
    expect(here.seen()).toEqual([]);
  });
});
