import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CatOutput, type CatReading, readCatOutput, SOCKET_FILES } from '../../../src/core/exec-output.ts';
import { readSocketTables } from '../../../src/core/socket-tables.ts';

const TABLES = {
  tcp: `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1 0000000000000000 100 0 0 10 0                         
`,
  tcp6: `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:20FB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 42 1 0000000000000000 100 0 0 10 0
`,
  udp: `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             
  302: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 43 2 0000000000000000 0         
`,
  udp6: `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  303: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 44 2 0000000000000000 0
`,
  'sctp/eps': ` ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
ffff8800a ffff8800b 2   10  29   2905      0 5 10.0.0.7 
`,
  ip_local_port_range: '32768\t60999\n',
};
const ALL = Object.values(TABLES).join('');
const without = (...names: (keyof typeof TABLES)[]) =>
  Object.entries(TABLES)
    .flatMap(([name, text]) => (names.some((one) => one === name) ? [] : [text]))
    .join('');

const cat = (fields: Partial<CatOutput>): CatReading => readCatOutput({ code: 0, stdout: ALL, stderr: '', ...fields });

describe('the output of cat over the socket tables', () => {
  const table: Record<string, [Partial<CatOutput>, CatReading]> = {
    'is taken apart by the headers': [{}, { texts: TABLES }],
    'lacks what the kernel does not have, in the words of GNU': [
      {
        code: 1,
        stdout: without('tcp6', 'udp6', 'sctp/eps'),
        stderr:
          'cat: /proc/net/tcp6: No such file or directory\ncat: /proc/net/udp6: No such file or directory\ncat: /proc/net/sctp/eps: No such file or directory\n',
      },
      { texts: { tcp: TABLES.tcp, udp: TABLES.udp, ip_local_port_range: TABLES.ip_local_port_range } },
    ],
    'lacks what the kernel does not have, in the words of busybox': [
      { code: 1, stdout: without('sctp/eps'), stderr: "cat: can't open '/proc/net/sctp/eps': No such file or directory\n" },
      { texts: { ...TABLES, 'sctp/eps': undefined } },
    ],
    'may lack the range, where /proc/sys is not shown': [
      {
        code: 1,
        stdout: without('ip_local_port_range'),
        stderr: 'cat: /proc/sys/net/ipv4/ip_local_port_range: No such file or directory\n',
      },
      { texts: { ...TABLES, ip_local_port_range: undefined } },
    ],
    'is a reason where a table was denied': [
      { code: 1, stdout: without('udp'), stderr: 'cat: /proc/net/udp: Permission denied\n' },
      { reason: 'cat said: cat: /proc/net/udp: Permission denied' },
    ],
    'is a reason where cat says anything else': [{ stderr: 'WARNING: \u001b[31mloud\n' }, { reason: 'cat said: WARNING: ?[31mloud' }],
    'is a reason where cat failed without a word': [{ code: 137 }, { reason: 'cat ended with 137' }],
    'is a reason where a table is missing without a word': [
      { stdout: without('tcp6') },
      { reason: 'the output of cat broke off before /proc/net/tcp6' },
    ],
    'is a reason where it is empty': [{ stdout: '' }, { reason: 'the output of cat broke off before /proc/net/tcp' }],
    'is a reason where it is cut off': [
      { stdout: ALL.slice(0, -3) },
      { reason: 'the output of cat broke off in /proc/sys/net/ipv4/ip_local_port_range' },
    ],
    'is a reason where something else comes first': [{ stdout: `hello\n${ALL}` }, { reason: 'the output begins with no table: hello' }],
    'is a reason where a table came twice': [{ stdout: TABLES.tcp + ALL }, { reason: '/proc/net/tcp came twice' }],
  };
  for (const [sentence, [output, expected]] of Object.entries(table)) {
    it(sentence, () => expect(cat(output)).toEqual(expected));
  }

  it('is never taken for whole, wherever it breaks off', () => {
    fc.assert(
      fc.property(fc.nat({ max: ALL.length - 1 }), (at) => {
        expect(cat({ stdout: ALL.slice(0, at) })).toEqual({ reason: expect.stringMatching(/\w/) });
      }),
    );
  });

  if (process.platform === 'linux') {
    it('of this kernel has headers that are known', () => {
      const read = SOCKET_FILES.flatMap((file): [string, string][] => {
        try {
          return [[file, readFileSync(file.replace('/proc/net', '/proc/self/net'), 'utf8')]];
        } catch {
          return [];
        }
      });
      const there = new Set(read.map(([file]) => file));
      const stderr = SOCKET_FILES.filter((file) => !there.has(file))
        .map((file) => `cat: ${file}: No such file or directory\n`)
        .join('');
      const reading = cat({ stdout: read.map(([, text]) => text).join(''), stderr });
      expect('texts' in reading ? readSocketTables(reading.texts).known : reading.reason).toBe(true);
    });
  }
});
