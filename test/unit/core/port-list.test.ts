import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Port, PROTOCOLS } from '../../../src/core/port.ts';
import { formatPortList, parsePortList } from '../../../src/core/port-list.ts';
import { port } from '../../support/scan.ts';

describe('a list of ports', () => {
  it.each<[string, string[], string]>([
    ['of none is empty', [], ''],
    ['names each protocol by itself', ['80', '80/UDP', '9/SCTP'], '80/TCP,80/UDP,9/SCTP'],
    ['makes ranges of neighbours, in any order, each port once', ['82', '80', '81', '81', '90'], '80-82/TCP,90/TCP'],
  ])('%s', (_, ports, text) => expect(formatPortList(ports.map(port))).toBe(text));

  it('of every port is one word', () => {
    const all = Array.from({ length: 65535 }, (_, index): Port => ({ number: index + 1, protocol: 'TCP' }));
    const text = formatPortList(all);
    expect([text, parsePortList(text)]).toEqual(['1-65535/TCP', all]);
  });

  it('is read as it was written, each port once', () => {
    const one = fc.record({ number: fc.integer({ min: 1, max: 65535 }), protocol: fc.constantFrom(...PROTOCOLS) });
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: ({ number, protocol }) => `${number}/${protocol}`, maxLength: 50 }), (ports) => {
        const read = parsePortList(formatPortList(ports));
        const key = ({ number, protocol }: Port) => `${number}/${protocol}`;
        expect('problem' in read ? read : read.map(key).sort()).toEqual(ports.map(key).sort());
      }),
    );
  });

  it('takes a number alone for TCP', () => expect(parsePortList('80,53/UDP')).toEqual([port('80'), port('53/UDP')]));

  it.each(['80,', ',', 'x', '0', '65536', '9-8', '80/tcp', '80/ICMP', '-1', '1-2-3', ' 80', '080808'])('refuses "%s"', (text) => {
    expect(parsePortList(text)).toEqual({ problem: expect.stringMatching(/is no port: write 80, 80\/TCP or 9000-9100\/UDP$/) });
  });
});
