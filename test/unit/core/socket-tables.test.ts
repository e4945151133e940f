import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSocketTables, SOCKET_TABLES, type SocketTables, type SocketTexts } from '../../../src/core/socket-tables.ts';

const CASE = new URL('../../fixtures/cases/21-proc-net-tcp6/', import.meta.url);
const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const SCTP_HEADER = ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n';
const NONE = { tcp: HEADER, udp: HEADER };

function row(local: string, state: string, inode = 4711): string {
  const remote = `${'0'.repeat(local.indexOf(':'))}:0000`;
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`;
}

/** `address port inode`, `~` where the port is ephemeral; or the reason. */
function seen(tables: SocketTables): string[] | string {
  if (!tables.known) return tables.reason;
  return tables.sockets.map(
    ({ listener: { address, port, ephemeral }, inode }) => `${address} ${port.number}/${port.protocol}${ephemeral ? '~' : ''} ${inode}`,
  );
}

describe('the socket tables of a network namespace', () => {
  const table: Record<string, [SocketTexts, string[] | string]> = {
    'show the listeners of every protocol and family, with their inodes': [
      {
        tcp: HEADER + row('00000000:0050', '0A', 1),
        tcp6: HEADER + row(`${'0'.repeat(32)}:01BB`, '0A', 2),
        udp: HEADER + row('00000000:0035', '07', 3),
        udp6: HEADER + row(`${'0'.repeat(32)}:14E9`, '07', 4),
        'sctp/eps': `${SCTP_HEADER}ffff8800a ffff8800b 2   10  29   2905      0 5 10.0.0.7 \n`,
      },
      ['0.0.0.0 80/TCP 1', ':: 443/TCP 2', '0.0.0.0 53/UDP 3', ':: 5353/UDP 4', '10.0.0.7 2905/SCTP 5'],
    ],
    'show none where nothing listens': [NONE, []],
    'are read in whole files of a kernel (case 21)': [
      { tcp: readFileSync(new URL('tcp.txt', CASE), 'utf8'), tcp6: readFileSync(new URL('tcp6.txt', CASE), 'utf8'), udp: HEADER },
      [
        '0.0.0.0 8080/TCP 1001',
        '127.0.0.1 2019/TCP 1002',
        ':: 8080/TCP 2001',
        '::1 6060/TCP 2002',
        '127.0.0.1 9229/TCP 2003',
        '10.244.1.7 9464/TCP 2004',
      ],
    ],
    'do without IPv6 and SCTP, but not without TCP': [{ udp: HEADER }, 'the table net/tcp is missing'],
    'do without IPv6 and SCTP, but not without UDP': [{ tcp: HEADER, tcp6: HEADER }, 'the table net/udp is missing'],
    'mark UDP of the range that the namespace has': [
      { ...NONE, udp: HEADER + row('00000000:0035', '07', 3), ip_local_port_range: '50\t60\n' },
      ['0.0.0.0 53/UDP~ 3'],
    ],
    'mark UDP of the usual range where it tells none': [{ ...NONE, udp: HEADER + row('00000000:9C40', '07', 3) }, ['0.0.0.0 40000/UDP~ 3']],
    'mark UDP of the usual range where it tells nonsense': [
      { ...NONE, udp: HEADER + row('00000000:9C40', '07', 3), ip_local_port_range: '60 50' },
      ['0.0.0.0 40000/UDP~ 3'],
    ],
    'are not known where one is empty': [{ ...NONE, tcp6: '' }, 'the table net/tcp6 has no header'],
    'are not known where one is something else': [{ ...NONE, tcp: 'cat: permission denied\n' }, 'the table net/tcp has no header'],
    'are not known where one is cut off': [
      { ...NONE, tcp: HEADER + row('00000000:0050', '0A').trimEnd() },
      'the table net/tcp is cut off in its last line',
    ],
    'are not known where a line of one cannot be read': [
      { ...NONE, udp6: `${HEADER}   0: 00000000\n   1: what\n` },
      'the table net/udp6 has lines that cannot be read (2)',
    ],
    'are not known where a line of SCTP cannot be read': [
      { ...NONE, 'sctp/eps': `${SCTP_HEADER}what\n` },
      'the table net/sctp/eps has lines that cannot be read (1)',
    ],
  };
  for (const [sentence, [texts, expected]] of Object.entries(table)) {
    it(sentence, () => expect(seen(readSocketTables(texts))).toEqual(expected));
  }

  it('are read in the byte order that was named', () => {
    expect(seen(readSocketTables({ ...NONE, tcp: HEADER + row('7F000001:0050', '0A') }, 'BE'))).toEqual(['127.0.0.1 80/TCP 4711']);
  });

  it('never lose a listener without a word, wherever a text breaks off', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(numbers, fc.constantFrom(...SOCKET_TABLES.slice(0, 4)), fc.nat(), (ports, name, at) => {
        const [zeros, state] = [name.endsWith('6') ? '0'.repeat(32) : '00000000', name.startsWith('tcp') ? '0A' : '07'];
        const hex = ports.map((number) => `${zeros}:${number.toString(16).toUpperCase().padStart(4, '0')}`);
        const text = HEADER + hex.map((local) => row(local, state)).join('');
        const whole = readSocketTables({ ...NONE, [name]: text });
        const cut = readSocketTables({ ...NONE, [name]: text.slice(0, at % text.length) });
        expect(whole.known && whole.sockets.map(({ listener }) => listener.port.number)).toEqual(ports);
        // Only a text that ends with a whole line passes: the kernel writes whole lines, and nobody can tell that more would follow.
        expect(cut.known).toBe(at % text.length > 0 && text[(at % text.length) - 1] === '\n');
      }),
    );
  });
});
