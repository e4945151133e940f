import { describe, expect, it } from 'vitest';
import { inTurn } from '../../../src/app/in-turn.ts';
import { type PodScan, type ScanOptions, type ScanParts, scanPod } from '../../../src/app/scan.ts';
import { scanMany } from '../../../src/app/scan-many.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import type { InsideView, OutsideView } from '../../../src/core/finding.ts';
import { formatPort } from '../../../src/core/port.ts';
import type { ScanSubject } from '../../../src/core/scan-subject.ts';
import type { ScanTarget } from '../../../src/ports.ts';
import { inside, listener, NO_AGENT, outside, podState, port, probes, subject } from '../../support/scan.ts';

const OPTIONS: ScanOptions = { signal: new AbortController().signal };

interface World extends ScanParts {
  /** What the scanner was asked, as `address: ports`. */
  readonly asked: string[];
}

interface WorldParts {
  view?: InsideView;
  answer?(target: ScanTarget): OutsideView;
  reread?(subject: ScanSubject): ScanSubject | undefined;
}

/** A scanner that answers `open` to everything, a socket source, and a cluster where nothing changes. */
function world({ view = inside(), answer = openTo, reread = (there) => there }: WorldParts = {}): World {
  const asked: string[] = [];
  return {
    asked,
    sockets: { via: 'agent', sockets: async () => view },
    scanner: {
      engine: 'nmap',
      async scan(target) {
        asked.push(`${target.address}: ${target.ports === 'all' ? 'all' : target.ports.map(formatPort).join(' ')}`);
        return answer(target);
      },
    },
    reread: async (there) => reread(there),
    sweeps: inTurn(),
  };
}

function openTo({ ports }: ScanTarget): OutsideView {
  const listed =
    ports === 'all' ? probes({ '80/TCP': 'open', '9999/TCP': 'open' }) : ports.map((one) => ({ port: one, reachability: 'open' as const }));
  return { known: true, engine: 'nmap', probes: listed };
}

/** The outcome in words. */
function words(scan: PodScan): string[] {
  if (scan.outcome === 'discarded') return [`discarded: ${scan.reason}`];
  return [
    ...scan.findings.map((one) => `${formatPort(one.port)} ${one.verdict}`),
    ...scan.gaps.map((gap) => `gap ${formatPort(gap.port)}`),
  ];
}

const api = subject(podState(), { declared: ['80'], authorized: ['80', '443'] });

describe('the scan of a pod', () => {
  it('probes what is declared, authorized, listening and asked for, and judges both views', async () => {
    const parts = world({ view: inside(listener('80'), listener('9999')) });
    const scan = await scanPod(api, parts, { ...OPTIONS, extra: [port('22')] });
    expect(parts.asked).toEqual(['10.0.0.7: 22/TCP 80/TCP 443/TCP 9999/TCP']);
    expect(words(scan)).toEqual(['22/TCP exposed', '80/TCP authorized', '443/TCP unknown', '9999/TCP exposed']);
  });

  it('probes every address once, and reports where they differ', async () => {
    const parts = world({
      view: inside(listener('9999', '0.0.0.0'), listener('9999', '::')),
      answer: ({ address }) => ({
        known: true,
        engine: 'nmap',
        probes: probes({ '9999/TCP': address === 'fd00::7' ? 'open' : 'filtered' }),
      }),
    });
    const both = subject(podState({ addresses: ['10.0.0.7', 'fd00::7', '10.0.0.7'] }));
    expect(words(await scanPod(both, parts, OPTIONS))).toEqual(['9999/TCP exposed', 'gap 9999/TCP']);
    expect(parts.asked).toEqual(['10.0.0.7: 9999/TCP', 'fd00::7: 9999/TCP']);
  });

  it('sweeps all ports where nobody looks inside, and asks for UDP by name', async () => {
    const parts = world({ view: NO_AGENT });
    const udp = subject(podState(), { declared: ['80', '53/UDP'], authorized: ['80'] });
    const scan = await scanPod(udp, parts, OPTIONS);
    expect(parts.asked).toEqual(['10.0.0.7: all', '10.0.0.7: 53/UDP']);
    expect(words(scan)).toEqual(['53/UDP exposed', '80/TCP authorized', '9999/TCP exposed']);
  });

  const sweeps: Record<string, [options: Partial<ScanOptions>, view: InsideView, asked: string]> = {
    'sweeps where it is asked for': [{ sweep: 'always' }, inside(), '10.0.0.7: all'],
    'never sweeps where that is asked for': [{ sweep: 'never' }, NO_AGENT, '10.0.0.7: 80/TCP 443/TCP'],
  };
  for (const [sentence, [options, view, asked]] of Object.entries(sweeps)) {
    it(sentence, async () => {
      const parts = world({ view });
      await scanPod(api, parts, { ...OPTIONS, ...options });
      expect(parts.asked).toEqual([asked]);
    });
  }

  it('keeps the reason of a sweep that failed', async () => {
    const parts = world({
      view: NO_AGENT,
      answer: ({ ports }) =>
        ports === 'all' ? { known: false, engine: 'nmap', reason: 'killed', partial: [] } : openTo({ address: '', ports }),
    });
    const scan = await scanPod(subject(podState(), { declared: ['53/UDP'] }), parts, OPTIONS);
    expect(scan.outcome === 'scanned' && scan.outside.map(({ view }) => !view.known && view.reason)).toEqual(['killed']);
  });

  it('says that nothing looked where there is neither source nor scanner', async () => {
    const { reread, sweeps: turns } = world();
    const scan = await scanPod(api, { reread, sweeps: turns }, OPTIONS);
    expect(scan.outcome === 'scanned' && scan.findings.map(({ reason }) => reason)).toEqual([
      'not known: inside: nothing looks into the pod; outside: not probed',
    ]);
  });

  it('calls a declared port silent only with the sample before', async () => {
    const closed = world({ answer: () => ({ known: true, engine: 'nmap', probes: [] }) });
    const once = await scanPod(api, closed, OPTIONS);
    const sample = { inside: inside(), outside: [outside({ '80/TCP': 'closed' })], findings: [], twice: [] };
    const twice = await scanPod(api, closed, { ...OPTIONS, before: () => sample });
    expect([once, twice].map(words)).toEqual([['80/TCP unknown'], ['80/TCP silent']]);
  });

  describe('of a pod that changes meanwhile', () => {
    const changes: Record<string, Partial<PodState>> = {
      uid: { uid: 'uid-2' },
      address: { addresses: ['10.0.0.9'] },
      'number of restarts': { restarts: 1 },
    };
    for (const [what, fields] of Object.entries(changes)) {
      it(`is made again when its ${what} changes`, async () => {
        const after = subject(podState(fields), { declared: ['8080'], authorized: ['8080'] });
        const parts = world({ view: inside(listener('8080')), reread: () => after });
        const scan = await scanPod(api, parts, OPTIONS);
        expect([scan.pod, words(scan), parts.asked.length]).toEqual([after.pod, ['8080/TCP authorized'], 2]);
      });
    }

    it('is not disturbed by another order of its addresses, or by labels', async () => {
      const two = subject(podState({ addresses: ['10.0.0.7', 'fd00::7'] }));
      const parts = world({ reread: () => subject(podState({ addresses: ['fd00::7', '10.0.0.7'], labels: {} })) });
      expect((await scanPod(two, parts, OPTIONS)).outcome).toBe('scanned');
      expect(parts.asked).toHaveLength(2);
    });

    it('is discarded when it changes a second time', async () => {
      const parts = world({ reread: ({ pod }) => subject(podState({ restarts: pod.restarts + 1 })) });
      expect(words(await scanPod(api, parts, OPTIONS))).toEqual(['discarded: the pod changed during each of 2 scans']);
    });

    it('is discarded when it goes away', async () => {
      expect(words(await scanPod(api, world({ reread: () => undefined }), OPTIONS))).toEqual([
        'discarded: the pod went away during the scan',
      ]);
    });
  });
});

describe('the scan of many pods', () => {
  const many = Array.from({ length: 7 }, (_, index) => subject(podState({ name: `pod-${index}`, nodeName: `node-${index % 2}` })));

  it('answers in their order, tells its progress, and scans no more at once than it may', async () => {
    let [now, most] = [0, 0];
    const parts = world({});
    const counted: ScanParts = {
      ...parts,
      async reread(there) {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return there;
      },
    };
    const progress: string[] = [];
    const scans = await scanMany(many, counted, {
      ...OPTIONS,
      concurrency: 3,
      progress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(scans.map(({ pod }) => pod.name)).toEqual(many.map(({ pod }) => pod.name));
    expect([most, progress]).toEqual([3, ['0/7', '1/7', '2/7', '3/7', '4/7', '5/7', '6/7', '7/7']]);
  });

  it('goes on when one pod cannot be read', async () => {
    const parts = world({
      reread(there) {
        if (there.pod.name === 'pod-3') throw new Error('the API server is away');
        return there;
      },
    });
    const scans = await scanMany(many, parts, OPTIONS);
    expect(scans.map(({ outcome }) => outcome).filter((outcome) => outcome === 'scanned')).toHaveLength(6);
    expect(scans.slice(3, 4).flatMap(words)).toEqual(['discarded: the pod could not be read: the API server is away']);
  });

  it('looks at no further pod after an abort', async () => {
    const controller = new AbortController();
    const parts = world({
      reread(there) {
        controller.abort();
        return there;
      },
    });
    const scans = await scanMany(many, parts, { signal: controller.signal, concurrency: 1 });
    expect(scans.map(({ outcome }) => outcome)).toEqual(['scanned', ...Array<string>(6).fill('discarded')]);
    expect(scans.slice(1, 2).flatMap(words)).toEqual(['discarded: the scan was stopped']);
  });

  it('sweeps one pod of a node at a time', async () => {
    const log: string[] = [];
    const parts: ScanParts = {
      ...world({ view: NO_AGENT }),
      scanner: {
        engine: 'nmap',
        async scan({ address }) {
          log.push(`start ${address}`);
          await new Promise((resolve) => setImmediate(resolve));
          log.push(`end ${address}`);
          return { known: true, engine: 'nmap', probes: [] };
        },
      },
    };
    const [a, b, c] = ['10.0.0.1', '10.0.0.2', '10.0.1.1'].map((address) =>
      subject(podState({ addresses: [address], nodeName: address.slice(0, 6) })),
    );
    await scanMany(
      [a, b, c].filter((one) => one !== undefined),
      parts,
      OPTIONS,
    );
    expect(log.indexOf('start 10.0.0.2')).toBeGreaterThan(log.indexOf('end 10.0.0.1'));
    expect(log.indexOf('start 10.0.1.1')).toBeLessThan(log.indexOf('end 10.0.0.1'));
  });
});

describe('tasks in turn', () => {
  it('go on after one that failed, and answer each its own', async () => {
    const turn = inTurn();
    const log: string[] = [];
    const results = await Promise.allSettled([
      turn('a', async () => Promise.reject(new Error('no'))),
      turn('a', async () => log.push('second')),
      turn('b', async () => log.push('other')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(log.sort()).toEqual(['other', 'second']);
  });
});
