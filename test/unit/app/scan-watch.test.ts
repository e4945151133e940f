import { describe, expect, it } from 'vitest';
import type { PodState } from '../../../src/core/cluster-state.ts';
import type { InsideView, OutsideView } from '../../../src/core/finding.ts';
import { formatPort } from '../../../src/core/port.ts';
import type { ScanTarget } from '../../../src/ports.ts';
import { podState } from '../../support/cluster-state.ts';
import { inside, listener, NO_AGENT, probes } from '../../support/scan.ts';
import { AUTHORITY, answering, open, type ScanWorld, scanWorld } from '../../support/scan-world.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const SETTLE = 2_000;
const api = (fields: Partial<PodState> = {}, namespace = 'shop') => podState(`${namespace}/api`, { addresses: ['10.0.0.7'], ...fields });
const TOLD = 'shop/api PortExposed: 9999/TCP (nc): open, though nobody authorized it';
const LIST = '10.0.0.7: 8080/TCP 9999/TCP';
/** The second sample, of what one sample says is open though nobody authorized it. */
const AGAIN = '10.0.0.7: 9999/TCP';

/** What stands of the pod `shop/api`, as `port verdict`. */
function standing({ watch }: ScanWorld, uid = 'uid-of-api'): string[] | undefined {
  return watch.results.of(uid)?.findings.map(({ port, verdict }) => `${formatPort(port)} ${verdict}`);
}

/** What answered in two samples. */
function confirmed({ watch }: ScanWorld): string[] | undefined {
  return watch.results.of('uid-of-api')?.twice.map(formatPort);
}

describe('the scan after admission', () => {
  const first = { restarts: 0 };
  const table: Record<string, [states: Partial<PodState>[], asked: string[]]> = {
    'looks at a pod that runs': [[first], [LIST]],
    'waits until a container of it runs': [[{ running: false }], []],
    'leaves a pod that is being deleted alone': [[{ deleting: true }], []],
    'leaves a pod that has ended alone': [[{ phase: 'Succeeded' }], []],
    'leaves a pod without an address alone': [[{ addresses: [] }], []],
    'looks once it runs': [[{ running: false }, { running: true }], [LIST]],
    'does not look twice at one state': [[first, first, { labels: { app: 'b' } }], [LIST]],
    'looks again after a restart, or when an ephemeral container starts': [
      [first, { restarts: 1 }],
      [LIST, LIST],
    ],
    'looks again at a new address': [
      [first, { addresses: ['10.0.0.8'] }],
      [LIST, '10.0.0.8: 8080/TCP 9999/TCP'],
    ],
    'looks again at another pod of the same name': [
      [first, { uid: 'uid-2' }],
      [LIST, LIST],
    ],
    'is not disturbed by another order of the addresses': [
      [{ addresses: ['10.0.0.7', 'fd00::7'] }, { addresses: ['fd00::7', '10.0.0.7'] }],
      [LIST, 'fd00::7: 8080/TCP 9999/TCP'],
    ],
  };
  it.each(Object.entries(table))('%s', async (_, [states, asked]) => {
    const here = scanWorld();
    for (const state of states) {
      here.change(api(state));
      await here.rest();
    }
    expect(here.asked).toEqual(asked);
  });

  const namespaces: Record<string, [namespace: string, asked: number, told: number]> = {
    'looks and tells in enforce': ['shop', 1, 1],
    'looks and tells in audit': ['lab', 1, 1],
    'does not look where the mode is off': ['free', 0, 0],
    'does not look into an exempt namespace': ['kube-system', 0, 0],
  };
  it.each(Object.entries(namespaces))('%s', async (_, [namespace, asked, told]) => {
    const here = scanWorld();
    here.change(api({}, namespace));
    await here.rest();
    const looks = here.asked.length;
    await here.pass(SETTLE);
    expect([looks, here.told.length]).toEqual([asked, told]);
  });

  it('tells a violation once, also where a restart shows it again, and logs it', async () => {
    const here = scanWorld();
    for (const restarts of [0, 1, 2]) {
      here.change(api({ restarts }));
      await here.pass(SETTLE);
    }
    expect(here.told).toEqual([TOLD]);
    expect(here.log.lines).toEqual([
      {
        level: 'warn',
        message: 'a port is open that nobody authorized',
        fields: { pod: 'shop/api', port: '9999/TCP', reason: 'open, though nobody authorized it' },
      },
    ]);
  });

  it('tells a violation again that had gone, and of another pod of the same name', async () => {
    const states = [{ restarts: 0 }, { restarts: 1 }, { restarts: 2 }, { uid: 'uid-2' }];
    let open: string[] = [];
    const here = scanWorld({ answer: (target) => answering(target, ...open) });
    for (const state of states) {
      open = state.restarts === 1 ? ['8080/TCP'] : ['8080/TCP', '9999/TCP'];
      here.change(api(state));
      await here.pass(SETTLE);
    }
    expect(here.told).toEqual([TOLD, TOLD, TOLD]);
  });

  it('counts all findings that stand, and forgets those of pods that are over', async () => {
    const here = scanWorld();
    const counts = () => here.metrics.events.at(-1);
    const web = podState('shop/web', { addresses: ['10.0.0.8'] });
    for (const pod of [api(), web]) here.change(pod);
    await here.rest();
    expect(counts()).toEqual({ event: 'findings', byVerdict: { undeclared: 2, exposed: 2 } });
    here.gone(api());
    expect(counts()).toEqual({ event: 'findings', byVerdict: { undeclared: 1, exposed: 1 } });
    here.change({ ...web, phase: 'Failed', running: false });
    expect(counts()).toEqual({ event: 'findings', byVerdict: {} });
    here.gone(web);
    expect(here.metrics.events).toHaveLength(4);
  });

  it('forgets a pod whose place another one took, though nobody said that it went', async () => {
    const here = scanWorld();
    here.change(api());
    await here.rest();
    here.change(api({ uid: 'uid-2', running: false }));
    expect([standing(here), standing(here, 'uid-2')]).toEqual([undefined, undefined]);
    here.gone(api());
    here.change(api({ uid: 'uid-2' }));
    await here.rest();
    expect(standing(here, 'uid-2')).toEqual(['8080/TCP undeclared', '9999/TCP exposed']);
  });

  it('looks anew at a pod that comes back', async () => {
    const here = scanWorld();
    for (let time = 0; time < 2; time += 1) {
      here.change(api());
      await here.pass(SETTLE);
      here.gone(api());
    }
    expect([here.asked, here.told]).toEqual([
      [LIST, AGAIN, LIST, AGAIN],
      [TOLD, TOLD],
    ]);
  });

  it('discards the scan of a pod that went away meanwhile, and says so', async () => {
    const here = scanWorld({
      answer: () => {
        here.gone(api());
        return open('9999/TCP');
      },
    });
    here.change(api());
    await here.rest();
    expect([here.told, standing(here)]).toEqual([[], undefined]);
    expect(here.log.lines).toEqual([
      { level: 'info', message: 'a scan was discarded', fields: { pod: 'shop/api', reason: 'the pod went away during the scan' } },
    ]);
  });

  it('discards what was seen of a pod that restarted meanwhile, and looks again until it stands still', async () => {
    let restarts = 0;
    const here = scanWorld({
      answer: (target) => {
        if (restarts < 2) {
          restarts += 1;
          here.change(api({ restarts }));
        }
        return answering(target, '9999/TCP');
      },
    });
    here.change(api());
    await here.pass(SETTLE);
    expect([here.asked, here.told, here.watch.results.of('uid-of-api')?.pod.restarts]).toEqual([[LIST, LIST, LIST, AGAIN], [TOLD], 2]);
  });

  it('says where the outside view is not known, remembers what it saw, and tries once more', async () => {
    const broken: OutsideView = { known: false, engine: 'nmap', reason: 'nmap was killed', partial: probes({ '9999/TCP': 'open' }) };
    const here = scanWorld({ answer: () => broken });
    here.change(api());
    await here.rest();
    expect(here.log.lines.slice(0, 1)).toEqual([
      {
        level: 'warn',
        message: 'the outside view is not known',
        fields: { pod: 'shop/api', address: '10.0.0.7', reason: 'nmap was killed' },
      },
    ]);
    expect(standing(here)).toEqual(['8080/TCP undeclared', '9999/TCP exposed']);
    await here.pass(10 * SETTLE);
    expect([here.asked, here.told]).toEqual([[LIST, LIST], [TOLD]]);
  });

  it('goes on after a scanner that threw, and tries that pod again', async () => {
    let failures = 0;
    const here = scanWorld({
      answer: (target) => {
        if (failures > 0) return answering(target, '9999/TCP');
        failures += 1;
        throw new Error('no nmap');
      },
    });
    here.change(api());
    await here.pass(1_000 + SETTLE);
    expect(here.told).toEqual([TOLD]);
    expect(here.log.lines.slice(0, 1)).toEqual([
      { level: 'warn', message: 'a pod could not be scanned', fields: { pod: 'shop/api', error: new Error('no nmap') } },
    ]);
  });

  it('starts no scan after it was stopped', async () => {
    const here = scanWorld();
    await here.watch.stop();
    here.change(api());
    await here.pass(1_200_000);
    expect(here.asked).toEqual([]);
  });

  it('keeps nothing of a scan that a stop broke off', async () => {
    const here = scanWorld({
      answer: () => {
        void here.watch.stop();
        return { known: false, engine: 'nmap', reason: 'it was stopped', partial: [] };
      },
    });
    here.change(api());
    await here.rest();
    expect([standing(here), here.log.lines]).toEqual([undefined, []]);
  });
});

describe('a second sample', () => {
  /** 9999 is open for a moment, as a pod is before the policies reach it. */
  const late = (moments: number, ports = ['8080/TCP']) => {
    let asked = 0;
    return (target: ScanTarget) => {
      if (target.ports === 'all' || target.ports.some(({ number }) => number === 9999)) asked += 1;
      return answering(target, ...ports, ...(asked > moments ? [] : ['9999/TCP']));
    };
  };

  it('takes back what was open only until the policies reached the pod, and nobody is told', async () => {
    const here = scanWorld({ answer: late(1) });
    here.change(api());
    await here.pass(SETTLE - 1);
    expect([standing(here), here.asked, confirmed(here)]).toEqual([['8080/TCP undeclared', '9999/TCP exposed'], [LIST], []]);
    await here.pass(60_000);
    expect([standing(here), here.asked, confirmed(here)]).toEqual([['8080/TCP undeclared', '9999/TCP contained'], [LIST, AGAIN], []]);
    expect(here.told).toEqual([]);
  });

  it('confirms what is open, by a probe of its own', async () => {
    const here = scanWorld();
    here.change(api());
    await here.pass(60_000);
    expect([standing(here), here.asked, confirmed(here)]).toEqual([
      ['8080/TCP undeclared', '9999/TCP exposed'],
      [LIST, AGAIN],
      ['9999/TCP'],
    ]);
    expect(here.told).toEqual([TOLD]);
  });

  it('sweeps no pod twice for one port', async () => {
    const here = scanWorld({ look: () => NO_AGENT, answer: late(1, []) });
    here.change(api());
    await here.pass(60_000);
    expect([here.asked, standing(here)]).toEqual([['10.0.0.7: all', '10.0.0.7: 8080/TCP 9999/TCP'], []]);
  });

  it('shows that a proxy takes every connection, and makes no 65,535 findings of it', async () => {
    const everything = Array.from({ length: 65_535 }, (_, index) => `${index + 1}/TCP`);
    const here = scanWorld({
      look: () => NO_AGENT,
      answer: ({ ports }) => open(...(ports === 'all' ? everything : ports.map(formatPort))),
    });
    here.change(api());
    await here.pass(60_000);
    expect(standing(here)).toHaveLength(257);
    expect(here.log.lines[0]?.fields).toEqual({
      pod: 'shop/api',
      address: '10.0.0.7',
      reason: '65534 ports answer that nobody authorized or declared, perhaps a proxy that takes every connection: 256 of them are told',
    });
  });

  it('is not one that only kept the answer of the first', async () => {
    const sockets = [listener('8080')];
    const here = scanWorld({ look: () => inside(...sockets) });
    here.change(api());
    await here.pass(60_000);
    sockets.push(listener('7000'));
    here.socketsChanged('uid-of-api');
    await here.rest();
    expect([here.asked.at(-1), confirmed(here)]).toEqual(['10.0.0.7: 7000/TCP', []]);
  });

  it('is taken of what another template makes a violation of', async () => {
    const here = scanWorld({ look: () => inside(listener('8080')) });
    here.change(api());
    await here.pass(60_000);
    here.state.authority = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('9999') })] })]);
    here.watch.templateChanged();
    await here.pass(60_000);
    expect([confirmed(here), here.told]).toEqual([['8080/TCP'], ['shop/api PortExposed: 8080/TCP: open, though nobody authorized it']]);
  });

  it('tells a silent port from one that is late, without probing again', async () => {
    const declared = [{ containerPort: 8080 }];
    const here = scanWorld({ look: () => inside(), answer: (target) => answering(target) });
    here.change(podState('shop/api', { addresses: ['10.0.0.7'] }, declared));
    await here.rest();
    const once = standing(here);
    await here.pass(SETTLE);
    expect([once, standing(here), here.asked]).toEqual([['8080/TCP unknown'], ['8080/TCP silent'], ['10.0.0.7: 8080/TCP']]);
    await here.pass(10 * SETTLE);
    expect(here.metrics.events).toHaveLength(2);
  });

  it('finds the port that was late, and probes it', async () => {
    const views = [inside(), inside(listener('8080'))];
    const here = scanWorld({ look: () => views.shift() ?? NO_AGENT, answer: (target) => answering(target, '8080/TCP') });
    here.change(podState('shop/api', { addresses: ['10.0.0.7'] }, [{ containerPort: 8080 }]));
    await here.pass(SETTLE);
    expect([standing(here), here.asked]).toEqual([['8080/TCP authorized'], ['10.0.0.7: 8080/TCP', '10.0.0.7: 8080/TCP']]);
  });

  it('comes where no agent knew the pod yet, and once', async () => {
    const views: InsideView[] = [NO_AGENT, inside(listener('8080'))];
    const here = scanWorld({ look: () => views.shift() ?? NO_AGENT, answer: (target) => answering(target, '8080/TCP') });
    // The first look hands over to the sweep, which looks again.
    views.unshift(NO_AGENT);
    here.change(api());
    await here.pass(SETTLE);
    expect(here.asked).toEqual(['10.0.0.7: all', LIST.replace(' 9999/TCP', '')]);
    expect(standing(here)).toEqual(['8080/TCP undeclared']);
  });

  it('never makes a violation of client sockets of UDP that come and go', async () => {
    let number = 40_000;
    const here = scanWorld({
      look: () => {
        number += 1;
        return inside(listener(`${number}/UDP`));
      },
      answer: ({ ports }) => ({
        known: true,
        engine: 'nmap',
        probes: ports === 'all' ? [] : ports.map((port) => ({ port, reachability: 'unknown' })),
      }),
    });
    here.change(api());
    const severities = new Set<string>();
    for (let second = 0; second < 60; second += 1) {
      here.socketsChanged('uid-of-api');
      await here.pass(1_000);
      for (const { severity, verdict } of here.watch.results.of('uid-of-api')?.findings ?? []) severities.add(`${verdict} ${severity}`);
    }
    expect([[...severities], here.told]).toEqual([['possible note'], []]);
    expect(here.metrics.events.length).toBeLessThanOrEqual(31);
  });
});

describe('a pod that restarts before a second sample of its run', () => {
  interface Run {
    /** Seconds since the beginning. */
    readonly at: number;
    readonly lasts: number;
    readonly fields?: Partial<PodState>;
    readonly open?: readonly string[];
    /** Another container of the pod goes on. */
    readonly goesOn?: boolean;
  }
  const both = ['8080/TCP', '9999/TCP'];
  const runs = async (...list: Run[]) => {
    let open: readonly string[] = [];
    let listens = true;
    const here = scanWorld({
      look: () => inside(...(listens ? [listener('8080'), listener('9999', '0.0.0.0', { process: 'nc' })] : [])),
      answer: (target) => answering(target, ...(listens ? open : [])),
    });
    for (const [index, { at, lasts, fields = {}, open: now = both, goesOn = false }] of list.entries()) {
      await here.pass(at * 1_000 - here.time());
      [open, listens] = [now, true];
      const pod = api({ restarts: index + 1, ...fields });
      here.change(pod);
      await here.pass(lasts * 1_000);
      listens = false;
      here.change({ ...pod, running: goesOn });
    }
    await here.pass(5_000);
    return here;
  };
  const [first, second] = [
    { at: 1, lasts: 0.5 },
    { at: 12, lasts: 0.5 },
  ];
  const table: Record<string, [runs: Run[], told: string[]]> = {
    'is not told of after one run: policies may have been late': [[first], []],
    'is told of once, when the port answers in a further run': [[first, second, { at: 33, lasts: 0.5 }], [TOLD]],
    'is told of where another container of it goes on': [
      [
        { ...first, goesOn: true },
        { ...second, goesOn: true },
      ],
      [TOLD],
    ],
    'is not told of where that one goes on, and the port is shut': [
      [
        { ...first, goesOn: true },
        { ...second, open: ['8080/TCP'], lasts: 5 },
        { at: 33, lasts: 0.5 },
      ],
      [],
    ],
    'is not told of where the port is shut in the next run': [[first, { ...second, open: ['8080/TCP'] }], []],
    'nor where it was shut in the last run': [[{ ...first, open: ['8080/TCP'] }, second], []],
    'nor where the runs are too close for a policy to come between': [[first, { at: 2, lasts: 0.5 }], []],
    'nor at another address, which policies have to reach anew': [[first, { ...second, fields: { addresses: ['10.0.0.8'] } }], []],
    'nor where another pod has its name': [[first, { ...second, fields: { uid: 'uid-2' } }], []],
  };
  it.each(Object.entries(table))('%s', async (_, [list, told]) => {
    expect((await runs(...list)).told).toEqual(told);
  });

  it('keeps its findings while it is down, judged by the template as it is then, and is not looked at', async () => {
    const here = await runs(first);
    expect([standing(here), here.asked]).toEqual([['8080/TCP undeclared', '9999/TCP exposed'], [LIST]]);
    here.state.authority = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('9999') })] })]);
    here.watch.templateChanged();
    await here.pass(60_000);
    expect([standing(here), here.asked]).toEqual([['8080/TCP exposed', '9999/TCP undeclared'], [LIST]]);
    here.state.authority = authorityOf([entry('shop', { mode: 'off' })]);
    here.watch.templateChanged();
    await here.rest();
    expect(standing(here)).toBeUndefined();
  });

  it('is known by what answered, and by nothing else, where it went down during the look', async () => {
    const here = scanWorld({
      answer: (target) => {
        here.change(api({ running: false }));
        return answering(target, '9999/TCP');
      },
    });
    here.change(api());
    await here.rest();
    expect(standing(here)).toEqual(['8080/TCP undeclared', '9999/TCP exposed']);
    expect(here.watch.results.of('uid-of-api')?.outside).toEqual([
      {
        address: '10.0.0.7',
        view: { known: false, engine: 'nmap', reason: 'no container of the pod runs any more', partial: probes({ '9999/TCP': 'open' }) },
      },
    ]);
    await here.pass(60_000);
    expect(here.asked).toEqual([LIST]);
  });
});

describe('a change of sockets', () => {
  it('is told within seconds, once, though the agent repeats it, and only the new port is probed', async () => {
    const sockets = [listener('8080')];
    const here = scanWorld({ look: () => inside(...sockets) });
    here.change(api());
    await here.pass(60_000);
    sockets.push(listener('9999', '0.0.0.0', { process: 'nc' }));
    here.socketsChanged('uid-of-api');
    await here.rest();
    expect([standing(here), here.asked]).toEqual([
      ['8080/TCP undeclared', '9999/TCP exposed'],
      ['10.0.0.7: 8080/TCP', AGAIN],
    ]);
    for (let second = 0; second < 10; second += 1) {
      here.socketsChanged('uid-of-api');
      await here.pass(1_000);
    }
    expect([here.told, here.asked]).toEqual([[TOLD], ['10.0.0.7: 8080/TCP', AGAIN, AGAIN]]);
  });

  it('right behind a sample waits until that one has settled', async () => {
    const sockets = [listener('8080')];
    const here = scanWorld({ look: () => inside(...sockets) });
    here.change(api());
    await here.rest();
    sockets.push(listener('9999'));
    here.socketsChanged('uid-of-api');
    await here.pass(SETTLE - 1);
    expect(standing(here)).toEqual(['8080/TCP undeclared']);
    await here.pass(1);
    expect(standing(here)).toEqual(['8080/TCP undeclared', '9999/TCP exposed']);
  });

  it('takes away the finding of a socket that went', async () => {
    const sockets = [listener('8080'), listener('9999')];
    const here = scanWorld({
      look: () => inside(...sockets),
      answer: (target) => answering(target, ...sockets.map(({ port }) => formatPort(port))),
    });
    here.change(api());
    await here.pass(2 * SETTLE);
    sockets.pop();
    here.socketsChanged('uid-of-api');
    await here.rest();
    expect(standing(here)).toEqual(['8080/TCP undeclared']);
  });

  it('of a pod that nobody knows, or that has ended, is nothing', async () => {
    const here = scanWorld();
    here.change(api({ phase: 'Succeeded' }));
    for (const uid of ['uid-of-api', 'somebody']) here.socketsChanged(uid);
    await here.pass(60_000);
    expect(here.asked).toEqual([]);
  });
});

describe('another template', () => {
  const other = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('9999') })] })]);

  it('judges at once what was seen, without a probe', async () => {
    const here = scanWorld();
    here.change(api());
    await here.rest();
    here.state.authority = other;
    here.watch.templateChanged();
    await here.rest();
    expect([standing(here), here.asked]).toEqual([['8080/TCP exposed', '9999/TCP undeclared'], [LIST]]);
  });

  it('probes only what nobody probed', async () => {
    const here = scanWorld();
    here.change(api());
    await here.pass(2 * SETTLE);
    here.state.authority = authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('8080', '7000') })] })]);
    here.watch.templateChanged();
    await here.rest();
    expect(here.asked).toEqual([LIST, AGAIN, '10.0.0.7: 7000/TCP']);
  });

  it('drops the findings where the mode is off now, and looks where it no longer is', async () => {
    const here = scanWorld();
    here.change(api());
    await here.rest();
    here.state.authority = authorityOf([entry('shop', { mode: 'off' })]);
    here.watch.templateChanged();
    await here.rest();
    expect([standing(here), here.metrics.events.at(-1)]).toEqual([undefined, { event: 'findings', byVerdict: {} }]);
    here.state.authority = AUTHORITY;
    here.watch.templateChanged();
    await here.rest();
    expect([standing(here), here.asked]).toEqual([
      ['8080/TCP undeclared', '9999/TCP exposed'],
      [LIST, LIST],
    ]);
  });

  it('that is the first lets those be looked at who came before it', async () => {
    const here = scanWorld({ authority: undefined });
    here.change(api());
    await here.rest();
    expect(here.asked).toEqual([]);
    here.state.authority = AUTHORITY;
    here.watch.templateChanged();
    await here.rest();
    expect(here.asked).toEqual([LIST]);
  });

  it('is no other for a pod with other labels: that one is judged anew, too', async () => {
    const here = scanWorld({
      authority: authorityOf([entry('shop', { rules: [ruleIn({ pods: { matchLabels: { app: 'api' } }, ports: ranges('9999') })] })]),
    });
    here.change(api({ labels: { app: 'api' } }));
    await here.rest();
    here.change(api({ labels: { app: 'other' } }));
    await here.rest();
    expect([standing(here), here.asked]).toEqual([['8080/TCP exposed', '9999/TCP exposed'], [LIST]]);
  });
});

describe('other policies, rounds and requests', () => {
  it('of the namespace let all of its pods be seen afresh, once they had time to hold', async () => {
    const here = scanWorld();
    const web = podState('lab/web', { addresses: ['10.0.0.8'] });
    for (const pod of [api(), web]) here.change(pod);
    await here.pass(60_000);
    here.asked.length = 0;
    for (let policy = 0; policy < 3; policy += 1) here.watch.policiesChanged('shop');
    await here.pass(SETTLE - 1);
    expect(here.asked).toEqual([]);
    await here.pass(60_000);
    expect(here.asked).toEqual([LIST]);
  });

  it('come once a period, also where nothing was heard', async () => {
    const here = scanWorld({ periodMs: 60_000 });
    here.change(api());
    await here.pass(10 * 60_000);
    expect(here.asked.length).toBeGreaterThanOrEqual(9);
    expect(here.asked.length).toBeLessThanOrEqual(11);
  });

  it('go first where somebody waits for the answer', async () => {
    const here = scanWorld({ limits: { looks: 1 } });
    const pods = ['a', 'b', 'c'].map((name, index) => podState(`shop/${name}`, { addresses: [`10.0.1.${index}`] }));
    for (const pod of pods) here.change(pod);
    await here.pass(60_000);
    here.asked.length = 0;
    here.watch.policiesChanged('shop');
    here.watch.rescan('uid-of-c');
    here.watch.rescan('uid-of-nobody');
    await here.pass(60_000);
    expect(here.asked.map((line) => line.split(':')[0])).toEqual(['10.0.1.2', '10.0.1.0', '10.0.1.1', '10.0.1.2']);
  });
});

describe('an address and a node', () => {
  it('that two live pods claim tell nothing of either, until one of them ends', async () => {
    const here = scanWorld();
    const web = podState('lab/web', { addresses: ['10.0.0.7'] });
    for (const pod of [web, api()]) here.change({ ...pod, running: false });
    for (const pod of [web, api()]) here.change(pod);
    await here.rest();
    expect(here.asked).toEqual([]);
    here.change({ ...web, phase: 'Succeeded', running: false });
    await here.rest();
    expect([here.asked, standing(here)]).toEqual([[LIST], ['8080/TCP undeclared', '9999/TCP exposed']]);
  });

  it('are scanned once for all pods of the host network, whatever their namespace, and the next one takes over', async () => {
    const here = scanWorld();
    const host = { hostNetwork: true, addresses: ['192.168.0.1'] };
    const proxy = podState('kube-system/proxy', host);
    const [lab, shop] = [podState('lab/agent', { ...host, uid: 'lab' }), podState('shop/agent', { ...host, uid: 'shop' })];
    for (const pod of [proxy, lab, shop]) here.change(pod);
    await here.rest();
    expect([standing(here, 'lab'), standing(here, 'shop'), here.asked.length]).toEqual([
      ['8080/TCP undeclared', '9999/TCP exposed'],
      undefined,
      1,
    ]);
    here.gone(lab);
    await here.rest();
    expect([standing(here, 'lab'), standing(here, 'shop'), here.asked.length]).toEqual([
      undefined,
      ['8080/TCP undeclared', '9999/TCP exposed'],
      2,
    ]);
  });

  it('have one set of findings, also where a pod comes that stands for the node instead', async () => {
    const here = scanWorld();
    const host = { hostNetwork: true, addresses: ['192.168.0.1'] };
    for (const name of ['b', 'a']) {
      here.change(podState(`shop/${name}`, host));
      await here.rest();
    }
    expect([standing(here, 'uid-of-a'), standing(here, 'uid-of-b')]).toEqual([['8080/TCP undeclared', '9999/TCP exposed'], undefined]);
  });
});
