import {
  type AcceptingSocket,
  type ByteOrder,
  DEFAULT_EPHEMERAL,
  type EphemeralRange,
  readProcNet,
  readSctpEndpoints,
} from './proc-net.ts';

/**
 * The socket tables of one network namespace as texts, by their names below /proc/PID/net, and its `net.ipv4.ip_local_port_range`. Absent
 * means that the file does not exist; one that may not be read is no such case: whoever read it must not ask here.
 */
export interface SocketTexts {
  readonly tcp?: string | undefined;
  readonly tcp6?: string | undefined;
  readonly udp?: string | undefined;
  readonly udp6?: string | undefined;
  readonly 'sctp/eps'?: string | undefined;
  readonly ip_local_port_range?: string | undefined;
}

/** Every accepting socket of the namespace, or in words why that cannot be told. */
export type SocketTables =
  | { readonly known: true; readonly sockets: readonly AcceptingSocket[] }
  | { readonly known: false; readonly reason: string };

/** Every name of a table, in the order in which they are read. */
export const SOCKET_TABLES = ['tcp', 'tcp6', 'udp', 'udp6', 'sctp/eps'] as const;

export type SocketTable = (typeof SOCKET_TABLES)[number];

/** Every kernel with IPv4 has these; without IPv6 or the SCTP module the others are missing, and nothing listens there. */
const ALWAYS_THERE: ReadonlySet<SocketTable> = new Set(['tcp', 'udp']);

/**
 * The accepting sockets of a network namespace. All or nothing: a table that is cut off, or has a line that cannot be read, may have lost a
 * listener, and is a reason. `byteOrder`: of the host whose kernel wrote the texts. Without a readable range that of an unchanged Linux counts.
 */
export function readSocketTables(texts: SocketTexts, byteOrder: ByteOrder = 'LE'): SocketTables {
  const ephemeral = readEphemeralRange(texts.ip_local_port_range);
  const sockets: AcceptingSocket[] = [];
  for (const name of SOCKET_TABLES) {
    const text = texts[name];
    if (text === undefined && !ALWAYS_THERE.has(name)) continue;
    const problem = text === undefined ? 'is missing' : wholeness(text);
    if (problem !== undefined) return { known: false, reason: `the table net/${name} ${problem}` };
    const reading = readTable(name, text ?? '', { ephemeral, byteOrder });
    if (reading.odd > 0) return { known: false, reason: `the table net/${name} has lines that cannot be read (${reading.odd})` };
    sockets.push(...reading.sockets);
  }
  return { known: true, sockets };
}

/** What is wrong with a table as a whole. The kernel heads each with the names of its columns and ends every line. */
function wholeness(text: string): string | undefined {
  if (!/^\s*(sl\s+local_address|ENDPT)\s/.test(text)) return 'has no header';
  return text.endsWith('\n') ? undefined : 'is cut off in its last line';
}

function readTable(name: SocketTable, text: string, options: { readonly ephemeral: EphemeralRange; readonly byteOrder: ByteOrder }) {
  if (name === 'sctp/eps') return readSctpEndpoints(text);
  return readProcNet(text, { ...options, protocol: name.startsWith('tcp') ? 'TCP' : 'UDP' });
}

/** Two numbers, as `sysctl` prints them. */
function readEphemeralRange(text = ''): EphemeralRange {
  const [, from, to] = /^\s*(\d{1,5})\s+(\d{1,5})\s*$/.exec(text) ?? [];
  const range = { from: Number(from ?? 0), to: Number(to ?? 0) };
  return range.from > 0 && range.to >= range.from ? range : DEFAULT_EPHEMERAL;
}
