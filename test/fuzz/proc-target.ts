import { readCatOutput } from '../../src/core/exec-output.ts';
import { isPortNumber } from '../../src/core/port.ts';
import { readSocketTables, type SocketTexts } from '../../src/core/socket-tables.ts';
import { CAT_OUTPUT } from '../support/exec-pods.ts';
import { pump } from './growth.ts';
import type { Random } from './random.ts';
import { excerpt, type Target } from './target.ts';
import { damagedText } from './text.ts';

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const TCP = `${HEADER}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000\n`;
const TCP6 = `${HEADER}   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1\n`;
const UDP = `${HEADER}  22: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 99 2 0000000000000000 0\n`;
const SCTP = ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\nffff8 ffff9 2   10  29   132       0 55 0.0.0.0 *10.0.0.1\n';

const SEEDS = [TCP, TCP6, UDP, SCTP, CAT_OUTPUT] as const;

const WORDS = [
  '\n',
  ' ',
  ':',
  '0A',
  '07',
  '0a',
  'FFFFFFFF',
  '00000000:0000',
  '0000:FFFF',
  ':10000',
  'ENDPT ',
  HEADER,
  '-1',
  '65536',
  '99999999999999999999',
  '*',
  '1.2.3.4',
  'zzzz',
  '\r',
  '\0',
  '\t',
  '32768\t60999\n',
  '0x',
  '\u00a0',
] as const;

/** What may cost the readers of socket tables more than it is long. */
export const PROC_PUMPS = [
  pump('sockets', TCP.slice(HEADER.length), HEADER),
  pump('endpoints', 'ffff8 ffff9 2   10  29   132       0 55 0.0.0.0 *10.0.0.1\n', ' ENDPT     SOCK\n'),
  pump('spaces', ' ', HEADER),
  pump('spaces behind a word', ' ', ' ENDPT x\n1', 'x\n'),
  pump('hex digits', 'F', `${HEADER}  0: `, '\n'),
  pump('digits', '1', ' ENDPT x\n', '\n'),
  pump('columns', '1 ', ' ENDPT x\n', '\n'),
  pump('addresses', ' 1.2.3.4', ' ENDPT x\n1 1 1 10 1 80 0 1', '\n'),
  pump('headers', ' drops', HEADER, '\n'),
  pump('empty lines', '\n', HEADER),
] as const;

/** The text as each of the tables, and as the output of one `cat` of them all. */
export function readTables(text: string) {
  const tables = [
    { tcp: text, udp: UDP },
    { tcp: TCP, udp: text, udp6: text },
    { tcp: TCP, udp: UDP, 'sctp/eps': text },
  ];
  const readings = tables.map((texts: SocketTexts) => readSocketTables({ ...texts, ip_local_port_range: text }));
  return { readings, cat: readCatOutput({ code: 0, stdout: text, stderr: '' }) };
}

/** Damaged tables: never a throw; each socket is a port with an address, and what cannot be told has a reason. */
export async function startProcTarget(): Promise<Target> {
  const counts = { known: 0, unknown: 0, sockets: 0 };
  return {
    counts: () => counts,
    async feed(random: Random) {
      const text = damagedText(random.pick(SEEDS), WORDS, random);
      const { readings, cat } = readTables(text);
      if ('reason' in cat && !/^[\x20-\x7e]+$/.test(cat.reason)) return `the reason ${excerpt(cat.reason)} of ${excerpt(text, 3_000)}`;
      for (const reading of readings) {
        counts[reading.known ? 'known' : 'unknown'] += 1;
        if (!reading.known) continue;
        counts.sockets += reading.sockets.length;
        const odd = reading.sockets.find(({ listener: { port, address } }) => !isPortNumber(port.number) || !/^[0-9a-f:.]+$/.test(address));
        if (odd !== undefined) return `the socket ${JSON.stringify(odd)} of ${excerpt(text, 3_000)}`;
      }
      return undefined;
    },
    close: async () => {},
  };
}
