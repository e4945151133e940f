import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InsideView, OutsideView, Probe, Reachability } from '../../../src/core/finding.ts';
import {
  boundSurprises,
  condense,
  joinViews,
  MOST_SURPRISES,
  portsToProbeAgain,
  renewView,
  type Views,
} from '../../../src/core/kept-views.ts';
import { findings } from '../../../src/core/pod-findings.ts';
import { formatPort, type Port } from '../../../src/core/port.ts';
import { broken, inside, listener, NO_AGENT, outside, port, probes } from '../../support/scan.ts';

const HERE = '10.0.0.7';
const seen = (before: InsideView, states: Readonly<Record<string, Reachability>>): Views => ({
  inside: before,
  outside: [outside(states)],
});

describe('what must be probed again', () => {
  const web = inside(listener('80'));
  const table: Record<string, [wanted: string[], before: Views, now: InsideView, again: string[]]> = {
    'is nothing where nothing changed': [['80', '443'], seen(web, { '80/TCP': 'open', '443/TCP': 'closed' }), web, []],
    'is a port that nobody probed': [['80', '443'], seen(web, { '80/TCP': 'open' }), web, ['443/TCP']],
    'is a port whose socket came': [['80'], seen(inside(), { '80/TCP': 'closed' }), web, ['80/TCP']],
    'is a port whose socket went, also where nobody wants it any longer': [[], seen(web, { '80/TCP': 'open' }), inside(), ['80/TCP']],
    'is a port that left loopback': [['80'], seen(inside(listener('80', '127.0.0.1')), { '80/TCP': 'closed' }), web, ['80/TCP']],
    'is everything that is known where the pod can be seen inside at last': [
      ['80'],
      seen(NO_AGENT, { '80/TCP': 'open', '81/TCP': 'open' }),
      web,
      ['80/TCP', '81/TCP'],
    ],
    'is nothing where it can no longer be seen inside, but what was seen there': [
      ['80'],
      seen(web, { '80/TCP': 'open', '443/TCP': 'closed' }),
      NO_AGENT,
      ['80/TCP', '443/TCP'],
    ],
    'is all of the list where the view broke off': [
      ['80', '443'],
      { inside: web, outside: [broken({ '80/TCP': 'open' })] },
      web,
      ['80/TCP', '443/TCP'],
    ],
    'is all of the list at an address that was never probed': [
      ['80'],
      { inside: web, outside: [outside({ '80/TCP': 'open' }, 'fd00::7')] },
      web,
      ['80/TCP'],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [wanted, before, now, again]) => {
    expect(portsToProbeAgain(wanted.map(port), before, { address: HERE, inside: now }).map(formatPort)).toEqual(again);
  });
});

describe('two views of one address', () => {
  const view = (states: Readonly<Record<string, Reachability>>) => outside(states).view;
  const failed: OutsideView = { known: false, engine: 'nmap', reason: 'killed', partial: probes({ '80/TCP': 'open' }) };

  it('are one, in which new answers replace old ones', () => {
    expect(renewView(view({ '80/TCP': 'closed', '443/TCP': 'open' }), view({ '80/TCP': 'open' }), [port('80')])).toEqual(
      view({ '443/TCP': 'open', '80/TCP': 'open' }),
    );
  });

  it('are not known where the new one is not, and then keep no old answer of what was probed', () => {
    expect(renewView(view({ '80/TCP': 'closed', '81/TCP': 'open', '443/TCP': 'open' }), failed, [port('80'), port('81')])).toEqual({
      ...failed,
      partial: probes({ '443/TCP': 'open', '80/TCP': 'open' }),
    });
  });

  it('are the new one where the old one broke off, or there was none', () => {
    const now = view({ '80/TCP': 'closed' });
    expect([renewView(failed, now, [port('80')]), renewView(undefined, now, [port('80')])]).toEqual([now, now]);
  });

  it('of different ports say all reasons why they are not known', () => {
    const other: OutsideView = { ...failed, reason: 'no way' };
    const both = joinViews(failed, other);
    expect(both.known ? '' : both.reason).toBe('killed; no way');
  });
});

describe('a view of more answers than anybody reads', () => {
  const open = (from: number, count: number) =>
    probes(Object.fromEntries(Array.from({ length: count }, (_, index) => [`${from + index}/TCP`, 'open' as const])));
  const expected = ({ number }: Port) => number < 1_000;
  const whole = (all: readonly Probe[]): OutsideView => ({ known: true, engine: 'connect', probes: all });
  const proxied = [...open(1, 999), ...open(1_000, 2 * MOST_SURPRISES), ...probes({ '9999/TCP': 'closed' })];

  it('is left as it is up to a number, which what is expected does not count in', () => {
    const view = whole([...open(1, 999), ...open(1_000, MOST_SURPRISES)]);
    expect(boundSurprises(view, expected)).toBe(view);
  });

  it('is not whole above it, and keeps the first ones and everything else', () => {
    expect(boundSurprises(whole(proxied), expected)).toEqual({
      known: false,
      engine: 'connect',
      reason: '512 ports answer that nobody authorized or declared, perhaps a proxy that takes every connection: 256 of them are told',
      partial: [...open(1, 999), ...open(1_000, MOST_SURPRISES), ...probes({ '9999/TCP': 'closed' })],
    });
  });

  it('says so beside the reason that it had', () => {
    const view = boundSurprises({ known: false, engine: 'connect', reason: 'killed', partial: proxied }, expected);
    expect(view.known ? '' : view.reason).toMatch(/^killed; 512 ports answer/);
  });
});

describe('a condensed view', () => {
  it('keeps the list and what is open at any address', () => {
    const all = [
      outside({ '1/TCP': 'closed', '80/TCP': 'closed', '81/TCP': 'open' }),
      outside({ '1/TCP': 'closed', '80/TCP': 'filtered', '81/TCP': 'filtered' }, 'fd00::7'),
    ];
    expect(condense(all, [port('80')])).toEqual([
      outside({ '80/TCP': 'closed', '81/TCP': 'open' }),
      outside({ '80/TCP': 'filtered', '81/TCP': 'filtered' }, 'fd00::7'),
    ]);
  });

  it('is judged as the whole one', () => {
    const state = fc.constantFrom<Reachability>('open', 'closed', 'filtered', 'unknown');
    const ports = ['1/TCP', '2/TCP', '3/TCP', '4/TCP'];
    const states = fc
      .tuple(state, state, state, state)
      .map((of) => Object.fromEntries(ports.map((one, index) => [one, of[index] ?? 'unknown'])));
    const some = fc.subarray(ports);
    fc.assert(
      fc.property(
        states,
        states,
        fc.record({ declared: some, listening: some, known: fc.boolean() }),
        (a, b, { declared, listening, known }) => {
          const view = known ? inside(...listening.map((one) => listener(one))) : NO_AGENT;
          const list = [...declared, ...(known ? listening : [])].map(port);
          const judge = (views: Views['outside']) =>
            findings({
              declared: declared.map(port),
              ended: [],
              inside: view,
              outside: views,
              hostNetwork: false,
              authorized: () => undefined,
            });
          const whole = [outside(a), outside(b, 'fd00::7')];
          expect(judge(condense(whole, list))).toEqual(judge(whole));
        },
      ),
    );
  });
});
