import { describe, expect, it } from 'vitest';
import { acceptingCounts, type CountTexts } from '../../../src/core/socket-counts.ts';

const sockstat = (tcp: number, udp: number) =>
  `sockets: used 23\nTCP: inuse ${tcp} orphan 0 tw 2 alloc 1 mem 249\nUDP: inuse ${udp} mem 0\nUDPLITE: inuse 0\n`;
const sockstat6 = (tcp: number, udp: number) => `TCP6: inuse ${tcp}\nUDP6: inuse ${udp}\nUDPLITE6: inuse 0\n`;
const snmp = (established: number) =>
  `Ip: Forwarding\nIp: 1\nTcp: RtoAlgorithm CurrEstab InSegs\nTcp: 1 ${established} 9\nUdp: InDatagrams\nUdp: 4\n`;

describe('the counts of a network namespace', () => {
  const table: Record<string, [CountTexts, string | undefined]> = {
    'leave listeners of both families, without the connections': [
      { sockstat: sockstat(3, 1), sockstat6: sockstat6(2, 1), snmp: snmp(4) },
      'tcp 1 udp 1 udp6 1',
    ],
    'are those of IPv4 where there is no IPv6': [{ sockstat: sockstat(3, 0), snmp: snmp(0) }, 'tcp 3 udp 0 udp6 0'],
    'are none without the counts of sockets': [{ snmp: snmp(0) }, undefined],
    'are none without the count of connections': [{ sockstat: sockstat(3, 0), snmp: 'Tcp: RtoAlgorithm InSegs\nTcp: 1 9\n' }, undefined],
    'are none where a text is another': [{ sockstat: 'TCP: used 3\nUDP: inuse 1\n', snmp: snmp(0) }, undefined],
  };
  for (const [sentence, [texts, expected]] of Object.entries(table)) {
    it(sentence, () => expect(acceptingCounts(texts)).toBe(expected));
  }

  it('stay as they are when connections come and go, and change with a listener', () => {
    const before = acceptingCounts({ sockstat: sockstat(1, 0), sockstat6: sockstat6(1, 0), snmp: snmp(0) });
    expect(acceptingCounts({ sockstat: sockstat(1, 0), sockstat6: sockstat6(41, 0), snmp: snmp(40) })).toBe(before);
    expect(acceptingCounts({ sockstat: sockstat(2, 0), sockstat6: sockstat6(41, 0), snmp: snmp(40) })).not.toBe(before);
  });
});
