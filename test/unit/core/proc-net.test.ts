import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLoopback, isWildcard } from '../../../src/core/address.ts';
import { DEFAULT_EPHEMERAL, type ProcNetReading, readProcNet, readSctpEndpoints } from '../../../src/core/proc-net.ts';

const CASE = new URL('../../fixtures/cases/21-proc-net-tcp6/', import.meta.url);
const TCP = { protocol: 'TCP', ephemeral: DEFAULT_EPHEMERAL } as const;
const UDP = { ...TCP, protocol: 'UDP' } as const;
const REST = '00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0';

/** The listeners as `address port`. */
function seen({ sockets }: ProcNetReading): string[] {
  return sockets.map(({ listener: { address, port } }) => `${address} ${port.number}/${port.protocol}`);
}

function row(local: string, remote: string, state: string): string {
  return `   0: ${local} ${remote} ${state} ${REST}`;
}

describe('the socket tables of the kernel', () => {
  it('are read in the byte order of the host, mapped addresses as IPv4 (case 21)', () => {
    const tcp = readProcNet(readFileSync(new URL('tcp.txt', CASE), 'utf8'), TCP);
    const tcp6 = readProcNet(readFileSync(new URL('tcp6.txt', CASE), 'utf8'), TCP);
    expect([tcp.odd, tcp6.odd]).toEqual([0, 0]);
    expect(seen(tcp)).toEqual(['0.0.0.0 8080/TCP', '127.0.0.1 2019/TCP']);
    expect(seen(tcp6)).toEqual([':: 8080/TCP', '::1 6060/TCP', '127.0.0.1 9229/TCP', '10.244.1.7 9464/TCP']);
    expect(tcp6.sockets.map(({ inode }) => inode)).toEqual(['2001', '2002', '2003', '2004']);
  });

  const table: Record<string, [ProcNetReading, listeners: string[], odd: number]> = {
    'of a big-endian host keep the words as they are': [
      readProcNet(row('7F000001:0050', '00000000:0000', '0A'), { ...TCP, byteOrder: 'BE' }),
      ['127.0.0.1 80/TCP'],
      0,
    ],
    'show an IPv6 address in its shortest form': [
      readProcNet(row('B80D0120000000000000000001000000:01BB', `${'0'.repeat(32)}:0000`, '0A'), TCP),
      ['2001:db8::1 443/TCP'],
      0,
    ],
    'show a UDP socket that never connected': [readProcNet(row('00000000:0035', '00000000:0000', '07'), UDP), ['0.0.0.0 53/UDP'], 0],
    'leave out a UDP client that connected': [readProcNet(row('00000000:8000', '0100007F:0035', '01'), UDP), [], 0],
    'leave out an unconnected state with a remote end': [readProcNet(row('00000000:8000', '0100007F:0035', '07'), UDP), [], 0],
    'show a UDP socket that has left its peer, whose address stays': [
      readProcNet(row(`${'0'.repeat(32)}:15B3`, '00000000000000000000000001000000:0000', '07'), UDP),
      [':: 5555/UDP'],
      0,
    ],
    'leave out TCP in the state that UDP listens in': [readProcNet(row('00000000:0050', '00000000:0000', '07'), TCP), [], 0],
    'leave out a socket without a port': [readProcNet(row('00000000:0000', '00000000:0000', '07'), UDP), [], 0],
    'may end behind the state of a listener': [readProcNet('  1: 00000000:0050 00000000:0000 0A', TCP), ['0.0.0.0 80/TCP'], 0],
    'may not end within it': [readProcNet('  1: 00000000:0050 00000000:0000 0', TCP), [], 1],
    'count lines that are none': [
      readProcNet(`${row('00000000:0050', '00000000:0000', '0A')}\ncat: /proc/net/tcp: gone\n`, TCP),
      ['0.0.0.0 80/TCP'],
      1,
    ],
    'count a line whose ends are of two families': [readProcNet(row('00000000:0050', `${'0'.repeat(32)}:0000`, '0A'), TCP), [], 1],
    'may be empty': [readProcNet('', TCP), [], 0],
    'list SCTP endpoints that listen, for each address': [
      readSctpEndpoints(
        [
          ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS',
          'ffff8800a ffff8800b 2   10  29   2905      0 12345 10.0.0.7 *0000:0000:0000:0000:0000:ffff:7f00:0001 ',
          'ffff8800c ffff8800d 2   7   30   2906      0 12346 0.0.0.0 ',
          '(____ptrval____) (ptrval) 2   10  31   2907      0 12347 0.0.0.0 ',
          'ffff8800c what',
        ].join('\n'),
      ),
      ['10.0.0.7 2905/SCTP', '127.0.0.1 2905/SCTP', '0.0.0.0 2907/SCTP'],
      1,
    ],
  };
  for (const [sentence, [reading, listeners, odd]] of Object.entries(table)) {
    it(sentence, () => {
      expect([seen(reading), reading.odd]).toEqual([listeners, odd]);
    });
  }

  it('mark UDP between the ends of the ephemeral range, both included, and never TCP', () => {
    const ephemeral = { from: 100, to: 200 };
    const marks = (protocol: 'TCP' | 'UDP') =>
      ['0063', '0064', '00C8', '00C9'].map(
        (number) =>
          readProcNet(row(`00000000:${number}`, '00000000:0000', protocol === 'TCP' ? '0A' : '07'), { protocol, ephemeral }).sockets[0]
            ?.listener.ephemeral,
      );
    expect([marks('UDP'), marks('TCP')]).toEqual([
      [false, true, true, false],
      [false, false, false, false],
    ]);
  });

  it('never throw, whatever the text, and account for every line', () => {
    const junk = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[ 0-9A-F:\n]{0,200}$/));
    fc.assert(
      fc.property(junk, (text) => {
        const lines = text.split('\n').length;
        for (const reading of [readProcNet(text, TCP), readProcNet(text, UDP)])
          expect(reading.odd + reading.sockets.length).toBeLessThanOrEqual(lines);
        readSctpEndpoints(text);
      }),
    );
  });

  it('give back every listener that was written, of both families and byte orders', () => {
    const rows = fc.array(
      fc.record({
        v4: fc.boolean(),
        bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }),
        number: fc.integer({ min: 1, max: 65535 }),
        listens: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(rows, fc.constantFrom('LE' as const, 'BE' as const), (sockets, byteOrder) => {
        const text = sockets.map(({ v4, bytes, number, listens }) =>
          written(v4 ? bytes.slice(0, 4) : bytes, { number, listens, byteOrder }),
        );
        const { sockets: read, odd } = readProcNet(['  sl  local_address rem_address', ...text].join('\n'), { ...TCP, byteOrder });
        const listening = sockets.filter(({ listens }) => listens);
        expect(odd).toBe(0);
        expect(read.map(({ listener }) => listener.port.number)).toEqual(listening.map(({ number }) => number));
        expect(read.map(({ listener }) => bytesOf(listener.address))).toEqual(
          listening.map(({ v4, bytes }) => withoutMapping([...(v4 ? bytes.slice(0, 4) : bytes)])),
        );
      }),
    );
  });
});

function written(bytes: Uint8Array, { number, listens, byteOrder }: { number: number; listens: boolean; byteOrder: 'LE' | 'BE' }): string {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, byteOrder === 'LE'));
  const hex = words.map((word) => word.toString(16).toUpperCase().padStart(8, '0')).join('');
  const none = '0'.repeat(hex.length);
  return row(`${hex}:${number.toString(16).toUpperCase().padStart(4, '0')}`, `${none}:0000`, listens ? '0A' : '01');
}

/** The bytes of an address, found by another way than the one under test: the URL parser of the platform. */
function bytesOf(address: string): number[] {
  if (!address.includes(':')) return address.split('.').map(Number);
  const host = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = host.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
  return all.flatMap((group) => [group >> 8, group & 255]);
}

function withoutMapping(bytes: number[]): number[] {
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

describe('an address', () => {
  it('is loopback or a wildcard by its text', () => {
    expect(
      ['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::', '10.0.0.127', '1::1'].map((text) => [isLoopback(text), isWildcard(text)]),
    ).toEqual([
      [true, false],
      [true, false],
      [true, false],
      [false, true],
      [false, true],
      [false, false],
      [false, false],
    ]);
  });
});
