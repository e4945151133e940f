import { describe, expect, it } from 'vitest';
import { inTurn } from '../../../src/app/in-turn.ts';
import type { ScanParts } from '../../../src/app/scan.ts';
import { scanTwice } from '../../../src/app/scan-twice.ts';
import type { InsideView, OutsideView } from '../../../src/core/finding.ts';
import { formatPort } from '../../../src/core/port.ts';
import type { ScanTarget } from '../../../src/ports.ts';
import { inside, listener, NO_AGENT, podState, probes, subject } from '../../support/scan.ts';
import { answering } from '../../support/scan-world.ts';

interface Seen {
  /** What is seen inside, look after look; the last one stays. */
  readonly views: readonly InsideView[];
  /** What answers, probe after probe; the last one stays. */
  readonly open: readonly (readonly string[])[];
  /** The restarts of the pod as it is read again behind each look. */
  readonly restarts?: readonly number[];
  /** The work is stopped between the samples. */
  readonly stopped?: boolean;
}

const WEB = inside(listener('80'), listener('9999'));
const api = subject(podState(), { declared: ['80'], authorized: ['80'] });
const quiet = subject(podState({ name: 'quiet', uid: 'uid-2', addresses: ['10.0.0.8'] }));

/** Scans `api`, which declares 80, beside a pod of which there is nothing to say; answers what was found, asked and told. */
async function scanned({ views, open, restarts = [0], stopped = false }: Seen) {
  const [looks, answers, reads] = [[...views], [...open], [...restarts]];
  const next = <T>(list: T[], otherwise: T): T => (list.length > 1 ? list.shift() : list[0]) ?? otherwise;
  const stop = new AbortController();
  const [asked, told] = [[] as string[], [] as string[]];
  const parts: ScanParts = {
    sockets: { via: 'agent', sockets: async ({ name }) => (name === 'quiet' ? inside() : next(looks, NO_AGENT)) },
    scanner: {
      engine: 'nmap',
      async scan(target: ScanTarget): Promise<OutsideView> {
        if (target.address === '10.0.0.8') return { known: true, engine: 'nmap', probes: probes({}) };
        asked.push(target.ports === 'all' ? 'all' : target.ports.map(formatPort).join(' '));
        return answering(target, ...next(answers, []));
      },
    },
    reread: async (there) => (there.pod.name === 'quiet' ? there : { ...there, pod: { ...there.pod, restarts: next(reads, 0) } }),
    sweeps: inTurn(),
  };
  const scans = await scanTwice([quiet, api], parts, {
    signal: stop.signal,
    progress: (done, total) => void told.push(`${done}/${total}`),
    progressAgain: (done, total) => void told.push(`again ${done}/${total}`),
    pause: async (ms) => {
      told.push(`${ms} ms`);
      if (stopped) stop.abort();
    },
  });
  const words = scans.flatMap((scan) =>
    scan.outcome === 'discarded' ? [scan.reason] : scan.findings.map(({ port, verdict }) => `${formatPort(port)} ${verdict}`),
  );
  return { words, asked, told };
}

const ONCE = ['0/2', '1/2', '2/2'];
const TWICE = [...ONCE, 'again 0/1', '2000 ms', 'again 0/1', 'again 1/1'];

describe('the scan of a person', () => {
  it('takes one sample where that decides', async () => {
    const views = [inside(listener('80'))];
    expect(await scanned({ views, open: [['80/TCP']] })).toEqual({ words: ['80/TCP authorized'], asked: ['80/TCP'], told: ONCE });
  });

  const table: Record<string, [seen: Seen, words: string[], asked: string[]]> = {
    'tells a port that is open from one whose policy is late': [
      { views: [WEB], open: [['80/TCP', '9999/TCP'], ['80/TCP']] },
      ['80/TCP authorized', '9999/TCP contained'],
      ['80/TCP 9999/TCP', '9999/TCP'],
    ],
    'says that a port is open that is so twice': [
      { views: [WEB], open: [['80/TCP', '9999/TCP']] },
      ['80/TCP authorized', '9999/TCP exposed'],
      ['80/TCP 9999/TCP', '9999/TCP'],
    ],
    'sweeps no pod a second time': [
      { views: [NO_AGENT], open: [['80/TCP', '9999/TCP']] },
      ['80/TCP authorized', '9999/TCP exposed'],
      ['all', '9999/TCP'],
    ],
    'tells a silent port from one that is late': [{ views: [inside()], open: [[]] }, ['80/TCP silent'], ['80/TCP']],
    'finds the port that was late': [
      { views: [inside(), inside(listener('80'))], open: [[], ['80/TCP']] },
      ['80/TCP authorized'],
      ['80/TCP', '80/TCP'],
    ],
    'forgets a client of UDP that went': [
      { views: [inside(listener('80'), listener('40000/UDP')), inside(listener('80'))], open: [['80/TCP']] },
      ['80/TCP authorized'],
      ['80/TCP 40000/UDP', '40000/UDP'],
    ],
    'sees all of a pod anew that restarted between the samples': [
      { views: [WEB], open: [['80/TCP', '9999/TCP']], restarts: [0, 1] },
      ['80/TCP authorized', '9999/TCP exposed'],
      ['80/TCP 9999/TCP', '9999/TCP', '80/TCP 9999/TCP'],
    ],
  };
  it.each(Object.entries(table))('%s, by a second sample', async (_, [seen, words, asked]) => {
    expect(await scanned(seen)).toEqual({ words, asked, told: TWICE });
  });

  it('says what it saw where it is stopped in between', async () => {
    expect(await scanned({ views: [WEB], open: [['80/TCP', '9999/TCP']], stopped: true })).toEqual({
      words: ['80/TCP authorized', '9999/TCP exposed'],
      asked: ['80/TCP 9999/TCP'],
      told: [...ONCE, 'again 0/1', '2000 ms'],
    });
  });
});
