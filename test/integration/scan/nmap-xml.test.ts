import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NmapReading, readNmapXml } from '../../../src/adapters/scan/nmap-xml.ts';
import { formatPort, type Port } from '../../../src/core/port.ts';
import { type ReportParts, report } from '../../support/nmap-report.ts';
import { port } from '../../support/scan.ts';

const CASES = new URL('../../fixtures/cases/', import.meta.url);

/** The reading in words: every port with its state, or the reason and what was seen. */
function words(reading: NmapReading): unknown {
  const probes = (reading.whole ? reading.probes : reading.partial).map((probe) => `${formatPort(probe.port)} ${probe.reachability}`);
  return reading.whole ? probes : { reason: reading.reason, partial: probes };
}

function tcpPorts(...numbers: number[]): Port[] {
  return numbers.map((number) => ({ number, protocol: 'TCP' }));
}

/** Two hosts in one report. */
function several(first: ReportParts, second: ReportParts): string {
  const hostOf = (parts: ReportParts) => /<host .*<\/host>/s.exec(report(parts))?.[0] ?? '';
  return report(first).replace('</host>', `</host>\n${hostOf(second)}`);
}

describe('a report of nmap', () => {
  it('never makes open|filtered an open port (case 19)', () => {
    const text = readFileSync(new URL('19-udp-open-filtered/input.xml', CASES), 'utf8');
    const named = [port('8080'), port('9000'), port('53/UDP'), port('161/UDP')];
    const folded = Array.from({ length: 997 }, (_, index): Port => ({ number: index + 1, protocol: 'TCP' }));
    const reading = readNmapXml(text, [...named, ...folded]);
    expect((words(reading) as string[]).slice(0, 4)).toEqual(['8080/TCP open', '9000/TCP filtered', '53/UDP open', '161/UDP unknown']);
    expect(new Set((words(reading) as string[]).slice(4).map((line) => line.split(' ')[1]))).toEqual(new Set(['closed']));
  });

  it('that breaks off is not known, and shows what it saw (case 20)', () => {
    const text = readFileSync(new URL('20-nmap-truncated-xml/input.xml', CASES), 'utf8');
    expect(words(readNmapXml(text, tcpPorts(8080, 8443)))).toEqual({
      reason: 'the report of nmap breaks off before its end',
      partial: ['8080/TCP open'],
    });
  });

  const two = { rows: [['tcp', 80, 'open'] as const, ['tcp', 81, 'closed'] as const] };
  const seen = ['80/TCP open', '81/TCP closed'];
  const table: Record<string, [text: string, asked: Port[], expected: unknown, address?: string]> = {
    'is read as it is': [report(two), tcpPorts(81, 80), ['81/TCP closed', '80/TCP open']],
    'gives a folded port the state of its fold': [
      report({ rows: [['tcp', 80, 'open']], folds: [{ state: 'filtered', count: 2 }] }),
      tcpPorts(79, 80, 81),
      ['79/TCP filtered', '80/TCP open', '81/TCP filtered'],
    ],
    'tells several folds apart by their ports': [
      report({
        folds: [
          { state: 'filtered', count: 2, ports: '1,3' },
          { state: 'closed', count: 2, ports: '4-5' },
        ],
      }),
      tcpPorts(1, 3, 4, 5),
      ['1/TCP filtered', '3/TCP filtered', '4/TCP closed', '5/TCP closed'],
    ],
    'does not guess between several folds without ports': [
      report({
        folds: [
          { state: 'filtered', count: 1 },
          { state: 'closed', count: 1 },
        ],
      }),
      tcpPorts(1, 2),
      ['1/TCP unknown', '2/TCP unknown'],
    ],
    'does not choose between two folds that name one port': [
      report({
        folds: [
          { state: 'filtered', count: 1, ports: '1' },
          { state: 'closed', count: 1, ports: '1' },
        ],
      }),
      tcpPorts(1, 2),
      ['1/TCP unknown', '2/TCP unknown'],
    ],
    'with a fold of more ports than it counts does not count': [
      report({
        folds: [
          { state: 'closed', count: 1, ports: '1-2' },
          { state: 'filtered', count: 1 },
        ],
      }),
      tcpPorts(1, 2),
      { reason: 'the report does not account for every port that was asked', partial: [] },
    ],
    'tells the protocols of one number apart': [
      report({
        rows: [
          ['tcp', 80, 'open'],
          ['udp', 80, 'open|filtered'],
          ['sctp', 80, 'closed'],
        ],
      }),
      [port('80'), port('80/UDP'), port('80/SCTP')],
      ['80/TCP open', '80/UDP unknown', '80/SCTP closed'],
    ],
    'of a host that is down does not count, whatever was asked': [
      report({ status: 'down' }),
      [],
      { reason: 'nmap says that the host is down', partial: [] },
    ],
    'of no port does not count': [report(), [], { reason: 'the report does not account for every port that was asked', partial: [] }],
    'of several hosts is read for the one that was asked': [
      several({ ...two, address: '10.0.0.9' }, { rows: [['tcp', 80, 'closed']], address: '10.0.0.7' }),
      tcpPorts(80),
      ['80/TCP closed'],
      '10.0.0.7',
    ],
    'of several hosts that breaks off shows nothing of the others': [
      several({ ...two, address: '10.0.0.9' }, { rows: [['tcp', 22, 'open']], address: '10.0.0.7' }).split('<runstats>')[0] ?? '',
      tcpPorts(22),
      { reason: 'the report of nmap breaks off before its end', partial: ['22/TCP open'] },
      '10.0.0.7',
    ],
    'of another host does not count, and shows nothing of it': [
      report({ ...two, address: '10.0.0.9' }),
      tcpPorts(80, 81),
      { reason: 'the report does not name 10.0.0.7', partial: [] },
      '10.0.0.7',
    ],
    'is of the host that was asked, however its address is written': [
      report({ ...two, address: 'fd00::7' }),
      tcpPorts(80, 81),
      seen,
      'FD00:0:0::0007',
    ],
    'shows rows in any spelling of XML before it breaks off': [
      "<nmaprun><host><ports><port portid='80' protocol='tcp'><state reason='syn-ack' state='open'/></port><port portid='81'",
      tcpPorts(80, 81),
      { reason: 'the report of nmap breaks off before its end', partial: ['80/TCP open'] },
    ],
    'takes states of other scans for no proof': [
      report({
        rows: [
          ['tcp', 1, 'unfiltered'],
          ['udp', 2, 'open|filtered'],
          ['udp', 3, 'closed|filtered'],
        ],
      }),
      [port('1'), port('2/UDP'), port('3/UDP')],
      ['1/TCP unknown', '2/UDP unknown', '3/UDP unknown'],
    ],
    'with a port too few does not count': [
      report(two),
      tcpPorts(80, 81, 82),
      { reason: 'the report does not account for every port that was asked', partial: seen },
    ],
    'with other ports than were asked does not count': [
      report(two),
      tcpPorts(80, 82),
      { reason: 'the report does not account for every port that was asked', partial: seen },
    ],
    'with a port twice does not count': [
      report({ rows: [...two.rows, ['tcp', 80, 'closed']] }),
      tcpPorts(80, 81, 82),
      { reason: 'the report does not account for every port that was asked', partial: [...seen, '80/TCP closed'] },
    ],
    'with a port that is none does not count': [
      report({ rows: [['tcp', 70000, 'open']] }),
      tcpPorts(80),
      { reason: 'the report does not account for every port that was asked', partial: [] },
    ],
    'with a count that is none does not count': [
      report({ folds: [{ state: 'closed', count: '1e0' }] }),
      tcpPorts(80),
      { reason: 'the report does not account for every port that was asked', partial: [] },
    ],
    'of a host that timed out does not count': [
      report({ host: ' timedout="true"' }),
      tcpPorts(80),
      { reason: 'nmap gave up: the host timed out', partial: [] },
    ],
    'without a host does not count': [report({ hosts: 0 }), tcpPorts(80), { reason: 'the report names no host', partial: [] }],
    'of two hosts does not count': [
      report({ hosts: 2, rows: [['tcp', 80, 'open']] }),
      tcpPorts(80),
      { reason: 'the report names 2 hosts instead of one', partial: ['80/TCP open', '80/TCP open'] },
    ],
    'of a failed run does not count': [
      report({ ...two, finished: 'exit="error" errormsg="no route"' }),
      tcpPorts(80, 81),
      { reason: 'nmap did not finish with success: no route', partial: seen },
    ],
    'that defines entities does not count': [
      report(two).replace('<!DOCTYPE nmaprun>', '<!DOCTYPE nmaprun [<!ENTITY a "b">]>'),
      tcpPorts(80, 81),
      { reason: 'the report defines entities, which nmap never does', partial: seen },
    ],
    'that is no XML does not count': [
      '<nmaprun><host></nmaprun>',
      tcpPorts(80),
      { reason: 'the report of nmap is no well-formed XML', partial: [] },
    ],
    'that is empty does not count': ['', tcpPorts(80), { reason: 'the report of nmap breaks off before its end', partial: [] }],
  };
  for (const [sentence, [text, asked, expected, address]] of Object.entries(table)) {
    it(sentence, () => {
      expect(words(readNmapXml(text, asked, address))).toEqual(expected);
    });
  }

  const whole = report({ ...two, folds: [{ state: 'filtered', count: 198, ports: '100-297' }] });
  const asked = tcpPorts(80, 81, ...Array.from({ length: 198 }, (_, index) => index + 100));

  it('counts only up to its very end: cut at any byte, it does not', () => {
    const end = whole.lastIndexOf('</nmaprun>') + '</nmaprun>'.length;
    expect(readNmapXml(whole.slice(0, end), asked).whole).toBe(true);
    const counted = Array.from({ length: end }, (_, cut) => cut).filter((cut) => readNmapXml(whole.slice(0, cut), asked).whole);
    expect(counted).toEqual([]);
  });

  it('with a piece cut out of it does not count, or says the same', () => {
    const truth = words(readNmapXml(whole, asked));
    fc.assert(
      fc.property(fc.nat(whole.length), fc.integer({ min: 1, max: 200 }), (from, length) => {
        const reading = readNmapXml(whole.slice(0, from) + whole.slice(from + length), asked);
        if (reading.whole) expect(words(reading)).toEqual(truth);
      }),
      { numRuns: 500 },
    );
  });

  it('is never made of any other text, and no text throws', () => {
    const pieces = fc.array(
      fc.constantFrom('<nmaprun>', '</nmaprun>', '<host>', '</host>', '<', '>', '&', ']]>', '<!DOCTYPE a [', '<ports/>', 'x="1"'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          pieces.map((list) => `${list.join('')}</nmaprun>`),
        ),
        (text) => {
          expect(readNmapXml(text, tcpPorts(80)).whole).toBe(false);
        },
      ),
    );
  });
});
