import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CANARY, canaryEnforcement, enforcementText, notProven } from '../../../src/core/enforcement.ts';
import type { AddressView, Reachability } from '../../../src/core/finding.ts';
import { broken, outside } from '../../support/scan.ts';

const PROBED = { from: 'portcullis-system/portcullis-controller-1', at: new Date('2026-01-01T00:00:00Z') };
const [V4, V6] = ['10.244.1.5', 'fd00::5'];

const at = (address: string, permitted: Reachability, denied: Reachability) =>
  outside({ '9444/TCP': permitted, '9445/TCP': denied }, address);

describe('the canaries of an agent', () => {
  const table: Record<string, [views: AddressView[], text: string]> = {
    'prove it where the permitted port answers and the other is filtered': [
      [at(V4, 'open', 'filtered')],
      'enforced: 9444/TCP of its agent answers at 10.244.1.5, and 9445/TCP is shut',
    ],
    'or refused, as some network plugins do': [
      [at(V4, 'open', 'closed')],
      'enforced: 9444/TCP of its agent answers at 10.244.1.5, and 9445/TCP is shut',
    ],
    'and at both addresses': [
      [at(V4, 'open', 'filtered'), at(V6, 'open', 'filtered')],
      'enforced: 9444/TCP of its agent answers at 10.244.1.5 and fd00::5, and 9445/TCP is shut',
    ],
    'show that nobody enforces where the denied port answers': [
      [at(V4, 'open', 'open')],
      'not enforced: 9445/TCP of its agent answers at 10.244.1.5, and no policy permits it',
    ],
    'also where one family only is left open': [
      [at(V4, 'open', 'filtered'), at(V6, 'open', 'open')],
      'not enforced: 9445/TCP of its agent answers at fd00::5, and no policy permits it',
    ],
    'also where the permitted port does not answer': [
      [at(V4, 'filtered', 'open')],
      'not enforced: 9445/TCP of its agent answers at 10.244.1.5, and no policy permits it',
    ],
    'prove nothing where the permitted port does not answer': [
      [at(V4, 'closed', 'closed')],
      'not proven: 9444/TCP of its agent, which a policy permits, does not answer at 10.244.1.5',
    ],
    'nor where it answers at one address only': [
      [at(V4, 'open', 'filtered'), at(V6, 'filtered', 'filtered')],
      'not proven: 9444/TCP of its agent, which a policy permits, does not answer at fd00::5',
    ],
    'nor where the probe is not whole': [
      [broken({ '9444/TCP': 'open', '9445/TCP': 'filtered' }, V4)],
      'not proven: the probe of its agent at 10.244.1.5 is not whole: nmap was killed by SIGKILL',
    ],
    'nor where the denied port was not probed': [
      [outside({ '9444/TCP': 'open' }, V4)],
      'not proven: nothing is known of 9445/TCP of its agent at 10.244.1.5',
    ],
    'nor without an address': [[], 'not proven: its agent has no address yet'],
  };
  it.each(Object.entries(table))('%s', (_, [views, text]) => {
    const { evidence, ...said } = canaryEnforcement(views, PROBED);
    expect(enforcementText(said)).toBe(text);
    expect(evidence === undefined).toBe(said.state === 'not proven');
  });

  it('an answer in a probe that broke off is an answer', () => {
    expect(canaryEnforcement([broken({ '9445/TCP': 'open' }, V4)], PROBED).state).toBe('not enforced');
  });

  it('say enforced only where every address shows both, and never where the denied port answered', () => {
    const states = fc.constantFrom<Reachability>('open', 'closed', 'filtered', 'unknown');
    const views = fc.array(fc.tuple(states, states), { minLength: 1, maxLength: 3 });
    const property = fc.property(views, (all) => {
      const { state } = canaryEnforcement(
        all.map(([permitted, denied], index) => at(`10.0.0.${index}`, permitted, denied)),
        PROBED,
      );
      const isOpen = all.some(([, denied]) => denied === 'open');
      const isProven = all.every(([permitted, denied]) => permitted === 'open' && (denied === 'closed' || denied === 'filtered'));
      expect(state).toBe(isOpen ? 'not enforced' : isProven ? 'enforced' : 'not proven');
    });
    fc.assert(property);
  });

  it('come with the port, the address, the prober and the time', () => {
    const enforcement = canaryEnforcement([at(V4, 'open', 'open')], PROBED);
    expect(enforcement.evidence).toEqual({ ...PROBED, port: CANARY.denied, address: V4 });
    expect(enforcementText(enforcement)).toMatch(
      / \(probed from portcullis-system\/portcullis-controller-1 at 2026-01-01T00:00:00.000Z\)$/,
    );
    expect(enforcementText(notProven('no agent runs on it'))).toBe('not proven: no agent runs on it');
  });
});
