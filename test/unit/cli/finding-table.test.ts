import { describe, expect, it } from 'vitest';
import type { PodScan } from '../../../src/app/scan.ts';
import { judgePod } from '../../../src/app/scan.ts';
import { openPortTable, wideTable } from '../../../src/cli/finding-table.ts';
import { scanSummary } from '../../../src/cli/scan-summary.ts';
import { type Enforcement, notProven } from '../../../src/core/enforcement.ts';
import { inside, listener, outside, podState, subject } from '../../support/scan.ts';

const shop = podState({ name: 'api-7d4b9c6f58-x2k9q' });
const long = podState({
  namespace: 'team-payments-production-eu-central',
  name: 'settlement-reconciliation-worker-6c9f7b8d5f-lq8zn',
  uid: 'uid-2',
});

/** One pod of each kind: one with all that a port can be, one with long names, one that was lost. */
const SCANS: readonly PodScan[] = [
  judgePod(subject(shop, { declared: ['8080'], authorized: ['8080', '9090'] }), {
    inside: inside(
      listener('8080', '0.0.0.0', { process: 'node' }),
      listener('9090', '::', { process: 'node' }),
      listener('9229', '127.0.0.1', { process: 'node' }),
      listener('9999', '0.0.0.0', { process: 'python3' }),
      listener('8125/UDP'),
    ),
    outside: [
      outside({ '8080/TCP': 'open', '9090/TCP': 'filtered', '9229/TCP': 'filtered', '9999/TCP': 'filtered', '8125/UDP': 'unknown' }),
    ],
  }),
  judgePod(subject(long), {
    inside: inside(listener('4444', '10.244.12.117', { process: 'settlement-reconciler' })),
    outside: [outside({ '4444/TCP': 'open' })],
  }),
  { outcome: 'discarded', pod: podState({ name: 'gone' }), reason: 'the pod went away during the scan' },
];

function printed(table: typeof wideTable, terminal: { columns?: number; color?: boolean }) {
  let err = '';
  const out = table(SCANS, { color: false, err: (text) => (err += text), ...terminal });
  return err + out.replaceAll('\u001b', 'ESC');
}

describe('the tables of a scan', () => {
  it('show whole names in a pipe', async () => {
    const both = printed(openPortTable, {}) + printed(wideTable, {});
    await expect(both).toMatchFileSnapshot('golden/scan-pipe.txt');
  });

  for (const columns of [80, 140]) {
    for (const color of [false, true]) {
      it(`fit a terminal of ${columns} columns ${color ? 'with' : 'without'} color`, async () => {
        const both = printed(openPortTable, { columns, color }) + printed(wideTable, { columns, color });
        const plain = both.replaceAll(/ESC\[\d+m/g, '').split('\n');
        expect(plain.filter((line) => !line.startsWith('left out')).every((line) => line.length <= columns)).toBe(true);
        await expect(both).toMatchFileSnapshot(`golden/scan-${columns}${color ? '-color' : ''}.txt`);
      });
    }
  }
});

describe('the summary of a scan', () => {
  const proven: Enforcement = { state: 'enforced', reason: '9999/TCP of pod api listens and is shut, while 8080/TCP of pod api answers' };
  const broken: Enforcement = { state: 'not enforced', reason: '4444/TCP of pod x answers at 10.0.0.7, though its policies are in place' };
  const COUNT = '3 pods, 6 ports: 1 authorized, 1 unknown, 1 undeclared, 1 local, 1 contained, 1 exposed.';
  const LOST = 'shop/gone: the pod went away during the scan';

  it.each<[string, Record<string, Enforcement>, string[]]>([
    ['nothing of policies', {}, [COUNT, LOST]],
    ['what one namespace proves', { shop: proven }, [`${COUNT} Enforcement: proven (${proven.reason}).`, LOST]],
    [
      'what several prove, those of one word together',
      { a: notProven('it was not probed from a pod'), b: broken, c: notProven('it was not probed from a pod') },
      [COUNT, 'Enforcement in a, c: not proven (it was not probed from a pod).', `Enforcement in b: NOT ENFORCED: ${broken.reason}.`, LOST],
    ],
  ])('tells %s', (_, enforcement, lines) => {
    expect(scanSummary(SCANS, new Map(Object.entries(enforcement)))).toBe(`${lines.join('\n')}\n`);
  });

  it('tells which view is missing, and where policies bind one family only', () => {
    const scan = judgePod(subject(shop, { authorized: ['80'] }), {
      inside: { known: false, reason: 'no container of the pod has cat' },
      outside: [
        outside({ '80/TCP': 'filtered' }, '10.0.0.7'),
        outside({ '80/TCP': 'open' }, 'fd00::7'),
        { address: 'fd00::8', view: { known: false, engine: 'nmap', reason: 'no way to it', partial: [] } },
      ],
    });
    expect(scanSummary([scan], new Map()).split('\n').slice(1)).toEqual([
      'shop/api-7d4b9c6f58-x2k9q, from inside: not known, because no container of the pod has cat',
      'shop/api-7d4b9c6f58-x2k9q at fd00::8, from outside: not known, because no way to it',
      'shop/api-7d4b9c6f58-x2k9q: 80/TCP is open at fd00::7 and shut at 10.0.0.7: its policies bind one family only',
      '',
    ]);
  });
});
