import { describe, expect, it } from 'vitest';
import type { Finding, FindingInput, Probe } from '../../../src/core/finding.ts';
import { findings } from '../../../src/core/pod-findings.ts';
import { formatPort } from '../../../src/core/port.ts';
import { broken, inside, listener, NO_AGENT, outside, port } from '../../support/scan.ts';

function input(fields: Partial<FindingInput>, authorized: string[] = []): FindingInput {
  return {
    declared: [],
    ended: [],
    inside: inside(),
    outside: [outside({})],
    hostNetwork: false,
    authorized: (one) => (authorized.includes(formatPort(one)) ? 'rule api, template.yaml:14' : undefined),
    ...fields,
  };
}

const [OPEN_80, SHUT_80] = (['open', 'closed'] as const).map((reachability) => ({ port: port('80'), reachability })) as [Probe, Probe];

/** A finding as a line: port, listening, reachable, verdict. */
function lines(list: Finding[]): string[] {
  return list.map((one) => `${formatPort(one.port)} ${one.listening} ${one.reachable} ${one.verdict}`);
}

describe('the findings of a pod', () => {
  it('say everything of a port in one value', () => {
    const found = findings(
      input({
        inside: inside(listener('9999', '::', { process: 'python3' }), listener('9999', '0.0.0.0'), listener('9999', '0.0.0.0')),
        outside: [outside({ '9999/TCP': 'filtered' })],
      }),
    );
    expect(found).toEqual([
      {
        port: port('9999'),
        declared: false,
        listening: 'yes',
        addresses: ['0.0.0.0', '::'],
        process: 'python3',
        reachable: 'no',
        hostNetwork: false,
        seenBy: ['agent', 'nmap'],
        verdict: 'contained',
        severity: 'warning',
        reason: 'listens, though nobody authorized it; not reachable for a stranger',
      },
    ]);
  });

  const web = listener('80');
  const table: Record<string, [FindingInput, expected: string[]]> = {
    'count an answer of a view that broke off, also where it contradicts itself': [
      input({
        outside: [{ address: '10.0.0.7', view: { known: false, engine: 'nmap', reason: 'it was cut off', partial: [OPEN_80, SHUT_80] } }],
      }),
      ['80/TCP no yes exposed'],
    ],
    'are sorted by number, then protocol, each port once': [
      input({
        declared: [port('443'), port('80'), port('80/UDP')],
        inside: inside(web, listener('53', '::'), listener('53/UDP')),
        outside: [outside({ '80/TCP': 'open', '53/TCP': 'closed', '443/TCP': 'closed' })],
      }),
      [
        '53/TCP yes no contained',
        '53/UDP yes unknown unknown',
        '80/TCP yes yes exposed',
        '80/UDP no unknown unknown',
        '443/TCP no no unknown',
      ],
    ],
    'leave out a port that is only authorized': [input({ outside: [outside({ '80/TCP': 'closed' })] }, ['80/TCP']), []],
    'tell a port that answers though no socket is seen': [
      input({ outside: [outside({ '80/TCP': 'open', '81/TCP': 'closed', '82/TCP': 'filtered' })] }),
      ['80/TCP no yes exposed'],
    ],
    'tell the same port apart by protocol': [
      input({ declared: [port('53/UDP')], inside: inside(listener('53/UDP'), listener('53')) }, ['53/UDP']),
      ['53/TCP yes unknown unknown', '53/UDP yes unknown authorized'],
    ],
    'take a port for local only where every address is loopback': [
      input({ inside: inside(listener('9', '127.0.0.1'), listener('9', '::1'), listener('10', '127.1.2.3'), listener('10', '10.0.0.7')) }),
      ['9/TCP loopback unknown local', '10/TCP yes unknown unknown'],
    ],
    'count an answer at any address': [
      input({
        inside: inside(web),
        outside: [outside({ '80/TCP': 'filtered' }), outside({ '80/TCP': 'open' }, 'fd00::7')],
      }),
      ['80/TCP yes yes exposed'],
    ],
    'call a port shut only where all addresses say so': [
      input({ inside: inside(web), outside: [outside({ '80/TCP': 'filtered' }), outside({}, 'fd00::7')] }),
      ['80/TCP yes unknown unknown'],
    ],
    'believe what a broken scan saw open, and nothing else of it': [
      input({
        declared: [port('80'), port('81'), port('82')],
        inside: NO_AGENT,
        outside: [broken({ '80/TCP': 'open', '81/TCP': 'closed' })],
      }),
      ['80/TCP unknown yes exposed', '81/TCP unknown unknown unknown', '82/TCP unknown unknown unknown'],
    ],
    'call a declared port silent after two samples': [
      input({ declared: [port('80')], previous: inside() }, ['80/TCP']),
      ['80/TCP no unknown silent'],
    ],
    'start anew where the port was open in the sample before': [
      input({ declared: [port('80')], previous: inside(web) }, ['80/TCP']),
      ['80/TCP no unknown unknown'],
    ],
    'start anew where the sample before is not known': [
      input({ declared: [port('80')], previous: NO_AGENT }, ['80/TCP']),
      ['80/TCP no unknown unknown'],
    ],
    'call a UDP socket in the ephemeral range possible, once': [
      input({ inside: inside(listener('40000/UDP')) }),
      ['40000/UDP yes unknown possible'],
    ],
    'take it for a listener the second time': [
      input({ inside: inside(listener('40000/UDP')), previous: inside(listener('40000/UDP')) }),
      ['40000/UDP yes unknown unknown'],
    ],
    'do not miss the port of an init container that has ended': [
      input({ declared: [port('80')], ended: [port('80')], previous: inside() }),
      [],
    ],
    'know that it was declared where something listens there': [
      input({ declared: [port('80')], ended: [port('80')], inside: inside(web) }, ['80/TCP']),
      ['80/TCP yes unknown authorized'],
    ],
  };
  for (const [sentence, [given, expected]] of Object.entries(table)) {
    it(sentence, () => {
      expect(lines(findings(given))).toEqual(expected);
    });
  }

  it('name the reason where a view is missing, and no way by which nothing was seen', () => {
    const [found] = findings(input({ declared: [port('80')], inside: NO_AGENT, outside: [broken({})] }, ['80/TCP']));
    expect([found?.seenBy, found?.reason]).toEqual([
      [],
      'not known: inside: no agent runs; outside, at 10.0.0.7: nmap was killed by SIGKILL',
    ]);
    const [unprobed] = findings(input({ inside: inside(web), outside: [] }));
    expect(unprobed?.reason).toBe('listens, though nobody authorized it; whether a stranger reaches it is not known: outside: not probed');
  });

  it('say what the way by which they were seen never shows', () => {
    const [seen] = findings(input({ inside: { known: true, via: 'exec', listeners: [web], cannotSee: 'process names' } }));
    const [unseen] = findings(input({ declared: [port('80')], inside: NO_AGENT }));
    expect([seen?.cannotSee, unseen?.cannotSee]).toEqual(['process names', undefined]);
  });

  it('do not take a client of UDP that was gone when it was probed for a listener that a policy stops', () => {
    const gone = { inside: inside(listener('40000/UDP')), outside: [outside({ '40000/UDP': 'closed' })] };
    expect([lines(findings(input(gone))), lines(findings(input({ ...gone, previous: gone.inside })))]).toEqual([
      ['40000/UDP yes no possible'],
      ['40000/UDP yes no contained'],
    ]);
  });

  it('are marked on the host network, where no policy helps', () => {
    const [found] = findings(input({ inside: inside(web), outside: [outside({ '80/TCP': 'closed' })], hostNetwork: true }));
    expect([found?.hostNetwork, found?.verdict, found?.reason]).toEqual([
      true,
      'contained',
      'listens, though nobody authorized it; not reachable for a stranger (host network: no policy covers it, and it may belong to another pod or the node)',
    ]);
  });
});
