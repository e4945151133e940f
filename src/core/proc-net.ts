import { formatAddress } from './cidr.ts';
import type { Listener } from './finding.ts';
import { isPortNumber, type Port } from './port.ts';

/** Reading `/proc/net/{tcp,tcp6,udp,udp6}` and `/proc/net/sctp/eps` (proc(5); net/ipv4/tcp_ipv4.c, udp.c and net/sctp/proc.c of Linux). */

/** The ports that the kernel gives to clients, both ends included: `net.ipv4.ip_local_port_range` of the network namespace. */
export interface EphemeralRange {
  readonly from: number;
  readonly to: number;
}

/** The range of a Linux that nobody changed. */
export const DEFAULT_EPHEMERAL: EphemeralRange = { from: 32768, to: 60999 };

/** `LE`: x86, ARM and nearly every node; `BE`: s390x. The words of an address are in the order of the host. */
export type ByteOrder = 'LE' | 'BE';

/** One accepting socket. `inode` finds its process in /proc/PID/fd; empty where the line broke off before it. */
export interface AcceptingSocket {
  readonly listener: Listener;
  readonly inode: string;
}

/** `odd`: how many lines could not be read; each may have been a listener, so a reading with odd lines is not whole. */
export interface ProcNetReading {
  readonly sockets: readonly AcceptingSocket[];
  readonly odd: number;
}

export interface ProcNetOptions {
  readonly protocol: 'TCP' | 'UDP';
  readonly ephemeral: EphemeralRange;
  readonly byteOrder?: ByteOrder;
}

const TCP_LISTEN = '0A';

/** UDP knows no listening: 07 is a socket that is not connected, 01 a connected client. */
const UDP_UNCONNECTED = '07';

const LINE = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2})(?: (.*))?$/i;

/** The columns behind the state: tx:rx, tr:when, retransmits, uid, timeout, inode. */
const INODE_COLUMN = 5;

/**
 * The sockets that accept traffic, from the text of `tcp`, `tcp6`, `udp` or `udp6` (a line tells its family by its length). Never throws;
 * the header and empty lines are expected, other lines that are none are counted as odd.
 */
export function readProcNet(text: string, options: ProcNetOptions): ProcNetReading {
  const sockets: AcceptingSocket[] = [];
  let odd = 0;
  for (const line of text.split('\n')) {
    if (isExpectedNoise(line)) continue;
    const [, address = '', port = '', remote = '', remotePort = '', state = '', rest = ''] = LINE.exec(line) ?? [];
    if (address.length === 0 || address.length !== remote.length) odd += 1;
    else if (accepts(state, remotePort, options.protocol)) {
      const number = Number.parseInt(port, 16);
      if (!isPortNumber(number)) continue;
      const inode = rest.trim().split(/\s+/)[INODE_COLUMN] ?? '';
      const local = readAddress(address, options.byteOrder ?? 'LE');
      sockets.push({ listener: listener({ number, protocol: options.protocol }, local, options.ephemeral), inode });
    }
  }
  return { sockets, odd };
}

/** Whether the line is the header or empty: no socket was lost. */
function isExpectedNoise(line: string): boolean {
  return line.trim() === '' || /^\s*sl\s+local_address\s/.test(line) || /^\s*ENDPT\s/.test(line);
}

/**
 * A UDP socket that was connected and is so no longer keeps an address of IPv6 in its remote end, and takes what anybody sends by IPv4 (net/ipv4/udp.c,
 * __udp_disconnect): the remote port alone tells.
 */
function accepts(state: string, remotePort: string, protocol: 'TCP' | 'UDP'): boolean {
  return protocol === 'TCP' ? state.toUpperCase() === TCP_LISTEN : state === UDP_UNCONNECTED && remotePort === '0000';
}

function listener(port: Port, address: string, { from, to }: EphemeralRange): Listener {
  return { port, address, ephemeral: port.protocol === 'UDP' && from <= port.number && port.number <= to };
}

/** Words of 32 bits, each in the order of the host (case 21); an IPv4 address inside of IPv6 is that IPv4 address. */
function readAddress(hex: string, order: ByteOrder): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bits = BigInt(`0x${words.map((word) => (order === 'LE' ? swapBytes(word) : word)).join('')}`);
  return canonical(hex.length === 8 ? 4 : 6, bits);
}

function canonical(family: 4 | 6, bits: bigint): string {
  return family === 6 && bits >> 32n === 0xffffn ? formatAddress(4, bits & 0xffffffffn) : formatAddress(family, bits);
}

function swapBytes(word: string): string {
  return (word.match(/../g) ?? []).reverse().join('');
}

const SCTP_LISTENING = '10';

/** ENDPT SOCK STY SST HBKT LPORT UID INODE, then the local addresses. The first two are pointers, which a young kernel hides behind a word. */
const SCTP_LINE = /^\s*(?:[0-9a-fx]+|\(_*ptrval_*\))\s+(?:[0-9a-fx]+|\(_*ptrval_*\))\s+\d+\s+(\d+)\s+\d+\s+(\d+)\s+\d+\s+(\d+)\s+(\S.*)$/i;

/** The listening endpoints, from the text of `/proc/net/sctp/eps`; one listener for each local address. Never throws. */
export function readSctpEndpoints(text: string): ProcNetReading {
  const sockets: AcceptingSocket[] = [];
  let odd = 0;
  for (const line of text.split('\n')) {
    if (isExpectedNoise(line)) continue;
    const [, state, port, inode = '', addresses = ''] = SCTP_LINE.exec(line) ?? [];
    const texts = addresses.trim().split(/\s+/).map(readPlainAddress);
    const number = Number(port);
    if (state === undefined || texts.includes(undefined)) odd += 1;
    else if (state === SCTP_LISTENING && isPortNumber(number)) {
      for (const address of texts) {
        if (address !== undefined) sockets.push({ listener: { port: { number, protocol: 'SCTP' }, address, ephemeral: false }, inode });
      }
    }
  }
  return { sockets, odd };
}

/** `0.0.0.0`, or eight groups of four hex digits as `%pI6` prints them; a star marks the primary address. */
function readPlainAddress(text: string): string | undefined {
  const plain = text.replace(/^\*/, '');
  const bytes = plain.split('.');
  if (bytes.length === 4 && bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255)) return bytes.map(Number).join('.');
  if (!/^([0-9a-f]{4}:){7}[0-9a-f]{4}$/i.test(plain)) return undefined;
  return canonical(6, BigInt(`0x${plain.replaceAll(':', '')}`));
}
